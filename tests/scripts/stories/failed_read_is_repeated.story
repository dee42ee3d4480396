# A read for a peer fails; it is repeated with the next heartbeat, not at once.

> silently nodes 1 2 3 cache_bytes=120
> silently time_out 1
> silently run 200
> isolate 3
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently run 100
> heal
> hold reads 1
> silently advance 1 100
> quietly settle
> fail_reads 1
> settle
> advance 1 100
  1->2 heartbeat term=1 commit=5/1 round=6
  1->3 heartbeat term=1 commit=1/1 round=6
  1 reads 2..3 for 3
> release reads 1
  1->3 append term=1 prev=1/1 commit=5 [2/1 a, 3/1 b]
> quietly settle
    3 commits 3
    3 applies [2/1 a, 3/1 b]
    3 commits 5
    3 applies [4/1 c, 5/1 d]
> log 3
  3 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d
