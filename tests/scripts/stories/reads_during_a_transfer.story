# A transfer of leadership does not hinder reads as long as the old leader leads.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> delay timeout_now
> transfer 1 2
  1->2 timeout_now term=1
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> settle
  1->2 heartbeat
    2 commits 1
    2->1 heartbeat_reply term=1 round=2
    2 applies [1/1 noop]
  1->3 heartbeat
    3 commits 1
    3->1 heartbeat_reply term=1 round=2
    3 applies [1/1 noop]
  2->1 heartbeat_reply
    1 answers p2: success index=1
  3->1 heartbeat_reply
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=3
  1->3 heartbeat term=1 commit=1/1 round=3
> heal
> quietly settle
    2 is candidate term=2 vote=2
    1 is follower term=2 vote=2
    1 answers p3: node_is_not_leader
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    1 answers p1: success
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
