# A node came back with a higher term, as after campaigns without pre-vote. It refuses the leader's messages; the leader
# takes over the term from the answer and steps down, and the next election has a leader that all accept.
# Thesis, section 6.2: with check-quorum, such a node could otherwise never be brought back.

> nodes 1 2 voters=1,2,3
  1 is follower term=0
  2 is follower term=0
> nodes 3 term=5 voters=1,2,3
  3 is follower term=5
> isolate 3
> silently time_out 1
> silently settle
> heal
> advance 1 100
  1->2 heartbeat term=1 commit=1/1 round=1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=0/0 round=2
> settle
  1->2 heartbeat
    2 commits 1
    2->1 heartbeat_reply term=1 round=1
    2 applies [1/1 noop]
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=2
  1->3 heartbeat
    3->1 heartbeat_reply term=5 round=0
  2->1 heartbeat_reply
  2->1 heartbeat_reply
  3->1 heartbeat_reply
    1 is follower term=5
    1 writes #3: term=5 vote=0
> state all
  1 is follower term=5 last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=5 last=0/0 durable=0 commit=0 applied=0
> silently advance 2 1s
> quietly time_out 1
  1 is pre_candidate term=5
> quietly settle
    1 is candidate term=6 vote=1
    2 is follower term=6 vote=1
    3 is follower term=6 vote=1
    1 is leader term=6 vote=1
    2 is follower term=6 vote=1 leader=1
    3 is follower term=6 vote=1 leader=1
    1 commits 2
    1 applies [2/6 noop]
    1 is leader term=6 vote=1 ready
    3 commits 2
    3 applies [1/1 noop, 2/6 noop]
