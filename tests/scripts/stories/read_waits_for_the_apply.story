# A confirmed read is answered when its index is applied here, not before.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> hold applies 1
> silently propose 1 a
> silently settle
> quietly run 100
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
> ask 1
  1->2 heartbeat term=1 commit=2/1 round=3
  1->3 heartbeat term=1 commit=2/1 round=3
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  2->1 heartbeat_reply
  3->1 heartbeat_reply
> applied 1
  1 answers p1: success index=2
  1 answers p2: success index=2
