# What a peer misses is no longer in the leader's memory: it is read from the log, in pieces, and sent.

> silently nodes 1 2 3 cache_bytes=120 append_bytes=120
> silently time_out 1
> silently run 200
> isolate 3
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently propose 1 e
> silently propose 1 f
> silently run 100
> heal
> advance 1 100
  1->2 heartbeat term=1 commit=7/1 round=5
  1->3 heartbeat term=1 commit=1/1 round=5
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
    1 reads 2..5 for 3
    1->3 append term=1 prev=1/1 commit=7 [2/1 a, 3/1 b]
  1->3 append
    3 commits 3
    3 writes #3: [2/1 a, 3/1 b]
    3 applies [2/1 a, 3/1 b]
    3->1 append_reply term=1 accepted=3
  3->1 append_reply
    1 reads 4..5 for 3
    1->3 append term=1 prev=3/1 commit=7 [4/1 c, 5/1 d]
    1->3 append term=1 prev=5/1 commit=7 [6/1 e, 7/1 f]
  1->3 append
    3 commits 5
    3 writes #4: [4/1 c, 5/1 d]
    3 applies [4/1 c, 5/1 d]
    3->1 append_reply term=1 accepted=5
  1->3 append
    3 commits 7
    3 writes #5: [6/1 e, 7/1 f]
    3 applies [6/1 e, 7/1 f]
    3->1 append_reply term=1 accepted=7
  3->1 append_reply
  3->1 append_reply
> log 3
  3 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e, 7/1 f
