# A round of heartbeats proves who led when it began. A read that comes while its answers are under way waits for the
# next round, and answers of an earlier term count for nothing.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently advance 1 100
> silently deliver 1->2
> silently deliver 1->3
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=3
  1->3 heartbeat term=1 commit=1/1 round=3
> deliver 2->1
  2->1 heartbeat_reply
  2->1 heartbeat_reply
> deliver 3->1
  3->1 heartbeat_reply
  3->1 heartbeat_reply
> send 2->1 heartbeat_reply term=0 round=50
  2->1 heartbeat_reply
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  2->1 heartbeat_reply
    1 answers p1: success index=1
  3->1 heartbeat_reply
