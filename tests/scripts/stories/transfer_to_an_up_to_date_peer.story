# Leadership is handed to a follower that has everything: it is told to campaign at once, without pre-vote, and the
# others vote for it although they hear the old leader. The caller learns of the success.
# Thesis, section 3.10.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> transfer 1 3
  1->3 timeout_now term=1

# No proposals are taken meanwhile.
> propose 1 a
  1 answers p2: node_is_not_leader
> deliver timeout_now
  1->3 timeout_now
    3 is candidate term=2 vote=3
    3 writes #3: term=2 vote=3
    3->1 vote term=2 last=1/1 transfer
    3->2 vote term=2 last=1/1 transfer
> settle
  3->1 vote
    1 is follower term=2 vote=3
    1 writes #3: term=2 vote=3
    1->3 vote_reply term=2 granted
  3->2 vote
    2 is follower term=2 vote=3
    2 writes #3: term=2 vote=3
    2->3 vote_reply term=2 granted
  1->3 vote_reply
    3 is leader term=2 vote=3
    3 writes #4: [2/2 noop]
    3->1 heartbeat term=2 commit=0/0 round=1
    3->2 heartbeat term=2 commit=0/0 round=1
    3->1 append term=2 prev=1/1 commit=1 [2/2 noop]
    3->2 append term=2 prev=1/1 commit=1 [2/2 noop]
  2->3 vote_reply
  3->1 heartbeat
    1 is follower term=2 vote=3 leader=3
    1->3 heartbeat_reply term=2 round=1
    1 answers p1: success
  3->2 heartbeat
    2 is follower term=2 vote=3 leader=3
    2->3 heartbeat_reply term=2 round=1
  3->1 append
    1 writes #4: [2/2 noop]
    1->3 append_reply term=2 accepted=1
    1->3 append_reply term=2 accepted=2
  3->2 append
    2 writes #4: [2/2 noop]
    2->3 append_reply term=2 accepted=1
    2->3 append_reply term=2 accepted=2
  1->3 heartbeat_reply
    3->1 append term=2 prev=1/1 commit=1 [2/2 noop]
  2->3 heartbeat_reply
    3->2 append term=2 prev=1/1 commit=1 [2/2 noop]
  1->3 append_reply
  1->3 append_reply
    3 commits 2
    3 applies [2/2 noop]
    3 is leader term=2 vote=3 ready
  2->3 append_reply
  2->3 append_reply
  3->1 append
    1->3 append_reply term=2 accepted=2
  3->2 append
    2->3 append_reply term=2 accepted=2
  1->3 append_reply
  2->3 append_reply
> state all
  1 is follower term=2 vote=3 leader=3 last=2/2 durable=2 commit=1 applied=1
  2 is follower term=2 vote=3 leader=3 last=2/2 durable=2 commit=1 applied=1
  3 is leader term=2 vote=3 ready last=2/2 durable=2 commit=2 applied=2
