# Without a target, leadership goes to the follower that has most of the log.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> lose 1->2
> silently propose 1 a
> silently settle
> transfer 1
  1->3 timeout_now term=1
