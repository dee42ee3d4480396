# A read of entries to apply fails; it is repeated with the next tick, not at once.

> silently nodes 1 log=1x3 commit=3 term=1 voters=1
> crash 1
> hold reads 1
> restart 1
  1 is follower term=1
  1 reads 1..3 for itself
> fail_reads 1
> release reads 1
> advance 1 50
  1 reads 1..3 for itself
  1 applies [1/1 e1, 2/1 e2, 3/1 e3]
