# A new leader does not know what is committed until its no-op is (thesis, section 6.4, step 1): the read waits, although
# a majority has answered its heartbeats.

> nodes 1 2 3 log=1x2 term=1 commit=1
  1 is follower term=1
  1 reads 1..1 for itself
  1 applies [1/1 e1]
  2 is follower term=1
  2 reads 1..1 for itself
  2 applies [1/1 e1]
  3 is follower term=1
  3 reads 1..1 for itself
  3 applies [1/1 e1]
> silently time_out 1
> silently deliver 1->2 pre_vote
> silently deliver 2->1
> delay append
> silently deliver 1->2 vote
> silently deliver 2->1 vote_reply
> state 1
  1 is leader term=2 vote=1 last=3/2 durable=3 commit=1 applied=1
> ask 1
  1->2 heartbeat term=2 commit=0/0 round=2
  1->3 heartbeat term=2 commit=0/0 round=2
> quietly settle
    3 is follower term=2 vote=1
    2 is follower term=2 vote=1 leader=1
    3 is follower term=2 vote=1 leader=1
> run 300
  1->2 heartbeat term=2 commit=0/0 round=3
  1->3 heartbeat term=2 commit=0/0 round=3
  1->2 heartbeat
    2->1 heartbeat_reply term=2 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=2 round=3
  2->1 heartbeat_reply
    1->2 append term=2 prev=2/1 commit=1 [3/2 noop]
  3->1 heartbeat_reply
    1->3 append term=2 prev=2/1 commit=1 [3/2 noop]
  1->2 heartbeat term=2 commit=0/0 round=4
  1->3 heartbeat term=2 commit=0/0 round=4
  1->2 heartbeat
    2->1 heartbeat_reply term=2 round=4
  1->3 heartbeat
    3->1 heartbeat_reply term=2 round=4
  2->1 heartbeat_reply
    1->2 append term=2 prev=2/1 commit=1 [3/2 noop]
  3->1 heartbeat_reply
    1->3 append term=2 prev=2/1 commit=1 [3/2 noop]
  1->2 heartbeat term=2 commit=0/0 round=5
  1->3 heartbeat term=2 commit=0/0 round=5
  1->2 heartbeat
    2->1 heartbeat_reply term=2 round=5
  1->3 heartbeat
    3->1 heartbeat_reply term=2 round=5
  2->1 heartbeat_reply
    1->2 append term=2 prev=2/1 commit=1 [3/2 noop]
  3->1 heartbeat_reply
    1->3 append term=2 prev=2/1 commit=1 [3/2 noop]
> heal
> settle
  1->2 append
    2 writes #2: [3/2 noop]
    2->1 append_reply term=2 accepted=2
    2->1 append_reply term=2 accepted=3
  1->3 append
    3 writes #2: [3/2 noop]
    3->1 append_reply term=2 accepted=2
    3->1 append_reply term=2 accepted=3
  1->2 append
    2->1 append_reply term=2 accepted=3
  1->3 append
    3->1 append_reply term=2 accepted=3
  1->2 append
    2->1 append_reply term=2 accepted=3
  1->3 append
    3->1 append_reply term=2 accepted=3
  1->2 append
    2->1 append_reply term=2 accepted=3
  1->3 append
    3->1 append_reply term=2 accepted=3
  1->2 append
    2->1 append_reply term=2 accepted=3
  1->3 append
    3->1 append_reply term=2 accepted=3
  1->2 append
    2->1 append_reply term=2 accepted=3
  1->3 append
    3->1 append_reply term=2 accepted=3
  2->1 append_reply
  2->1 append_reply
    1 commits 3
    1 reads 2..2 for itself
    1 applies [2/1 e2]
    1 applies [3/2 noop]
    1 is leader term=2 vote=1 ready
    1 answers p1: success index=3
  3->1 append_reply
  3->1 append_reply
  2->1 append_reply
  3->1 append_reply
  2->1 append_reply
  3->1 append_reply
  2->1 append_reply
  3->1 append_reply
  2->1 append_reply
  3->1 append_reply
  2->1 append_reply
  3->1 append_reply
