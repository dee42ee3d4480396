# A leader that is deposed while a read waits answers that it does not lead; nothing is unknown about a read.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> isolate 1
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> silently advance 3 1s
> silently time_out 2
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [1/1 noop, 2/2 noop]
    2 is leader term=2 vote=2 ready
> quietly propose 2 b
> quietly settle
    3 commits 2
    3 applies [1/1 noop, 2/2 noop]
    2 commits 3
    2 applies [3/2 b]
    2 answers p2: success index=3
> heal
> quietly run 100
    3 commits 3
    3 applies [3/2 b]
    1 is follower term=2 leader=2
    1 answers p1: node_is_not_leader
    1 commits 3
    1 applies [2/2 noop, 3/2 b]
