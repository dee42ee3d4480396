# A proposal of many entries reaches a peer that lags in one append, too, though it comes from the leader's disk.

> silently nodes 1 2 3 append_bytes=120 cache_bytes=0
> silently time_out 1
> silently run 200
> isolate 3
> silently propose 1 a
> silently propose 1 b c d e
> silently propose 1 f
> silently run 100
> heal
> silently advance 1 100
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=5
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=5
  2->1 heartbeat_reply
  3->1 heartbeat_reply
    1->3 append term=1 prev=7/1 commit=7 []
  1->3 append
    3->1 append_reply term=1 rejected=7 conflict=1/1 last=1
  3->1 append_reply
    1 reads 2..7 for 3
    1->3 append term=1 prev=1/1 commit=7 [2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e]
  1->3 append
    3 commits 6
    3 writes #3: [2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e]
    3 applies [2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e]
    3->1 append_reply term=1 accepted=6
  3->1 append_reply
    1 reads 7..7 for 3
    1->3 append term=1 prev=6/1 commit=7 [7/1 f]
  1->3 append
    3 commits 7
    3 writes #4: [7/1 f]
    3 applies [7/1 f]
    3->1 append_reply term=1 accepted=7
  3->1 append_reply
> log 3
  3 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e, 7/1 f
