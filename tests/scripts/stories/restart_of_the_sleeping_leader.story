# The leader restarts so quickly that nobody notices. When it asks for votes, the sleeping followers remember it as their
# leader; since it is the leader itself that asks, it leads no more, and it is not denied.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 1
> silently restart 1
> time_out 1
  1 is pre_candidate term=1 vote=1
  1->2 pre_vote term=2 last=1/1
  1->3 pre_vote term=2 last=1/1
> settle
  1->2 pre_vote
    2 is follower term=1 vote=1
    2->1 pre_vote_reply term=2 granted
  1->3 pre_vote
    3 is follower term=1 vote=1
    3->1 pre_vote_reply term=2 granted
  2->1 pre_vote_reply
    1 is candidate term=2 vote=1
    1 writes #1: term=2 vote=1
    1->2 vote term=2 last=1/1
    1->3 vote term=2 last=1/1
  3->1 pre_vote_reply
  1->2 vote
    2 is follower term=2 vote=1
    2 writes #3: term=2 vote=1
    2->1 vote_reply term=2 granted
  1->3 vote
    3 is follower term=2 vote=1
    3 writes #3: term=2 vote=1
    3->1 vote_reply term=2 granted
  2->1 vote_reply
    1 is leader term=2 vote=1
    1 writes #2: [2/2 noop]
    1->2 heartbeat term=2 commit=0/0 round=1
    1->3 heartbeat term=2 commit=0/0 round=1
    1->2 append term=2 prev=1/1 commit=0 [2/2 noop]
    1->3 append term=2 prev=1/1 commit=0 [2/2 noop]
  3->1 vote_reply
  1->2 heartbeat
    2 is follower term=2 vote=1 leader=1
    2->1 heartbeat_reply term=2 round=1
  1->3 heartbeat
    3 is follower term=2 vote=1 leader=1
    3->1 heartbeat_reply term=2 round=1
  1->2 append
    2 writes #4: [2/2 noop]
    2->1 append_reply term=2 accepted=1
    2->1 append_reply term=2 accepted=2
  1->3 append
    3 writes #4: [2/2 noop]
    3->1 append_reply term=2 accepted=1
    3->1 append_reply term=2 accepted=2
  2->1 heartbeat_reply
    1->2 append term=2 prev=1/1 commit=0 [2/2 noop]
  3->1 heartbeat_reply
    1->3 append term=2 prev=1/1 commit=0 [2/2 noop]
  2->1 append_reply
  2->1 append_reply
    1 commits 2
    1 reads 1..1 for itself
    1 applies [1/1 noop]
    1 applies [2/2 noop]
    1 is leader term=2 vote=1 ready
  3->1 append_reply
  3->1 append_reply
  1->2 append
    2->1 append_reply term=2 accepted=2
  1->3 append
    3->1 append_reply term=2 accepted=2
  2->1 append_reply
  3->1 append_reply
> quietly run 2s
    2 commits 2
    2 applies [2/2 noop]
    3 commits 2
    3 applies [2/2 noop]
    2 is follower term=2 vote=1 leader=1 asleep
    3 is follower term=2 vote=1 leader=1 asleep
    1 is leader term=2 vote=1 ready asleep
> state all
  1 is leader term=2 vote=1 ready asleep last=2/2 durable=2 commit=2 applied=2
  2 is follower term=2 vote=1 leader=1 asleep last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=1 leader=1 asleep last=2/2 durable=2 commit=2 applied=2
