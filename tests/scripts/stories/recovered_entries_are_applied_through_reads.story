# After a restart nothing is in memory: what was committed is read from the log and applied, once, from where the state
# machine says that it is.

> silently nodes 1
> silently time_out 1
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> crash 1
> restart 1 2
  1 is follower term=1 vote=1
  1 reads 3..3 for itself
  1 applies [3/1 b]
> quietly time_out 1
  1 is candidate term=2 vote=1
  1 is leader term=2 vote=1
  1 commits 5
  1 applies [4/1 c]
  1 applies [5/2 noop]
  1 is leader term=2 vote=1 ready
> state 1
  1 is leader term=2 vote=1 ready last=5/2 durable=5 commit=5 applied=5
