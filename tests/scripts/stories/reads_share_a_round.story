# Reads that come together share a round of heartbeats; those that come while it is under way share the next one, which
# begins when the first has been answered. An older round confirms nothing that came after it began.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> ask 1
> ask 1
> deliver
  1->2 heartbeat
    2 commits 1
    2->1 heartbeat_reply term=1 round=2
    2 applies [1/1 noop]
  1->3 heartbeat
    3 commits 1
    3->1 heartbeat_reply term=1 round=2
    3 applies [1/1 noop]
> deliver 2->1
  2->1 heartbeat_reply
    1->2 heartbeat term=1 commit=1/1 round=3
    1->3 heartbeat term=1 commit=1/1 round=3
    1 answers p1: success index=1
> deliver 3->1
  3->1 heartbeat_reply
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  2->1 heartbeat_reply
    1 answers p2: success index=1
    1 answers p3: success index=1
  3->1 heartbeat_reply
