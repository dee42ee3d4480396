# A proposal that was committed when its leader stepped down is still answered, with success, when it is applied.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold applies 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> quietly settle
    1 commits 2
    1 applies [2/1 a]
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=2 [3/1 b]
  1->3 append term=1 prev=2/1 commit=2 [3/1 b]
> step_down 1
  1 is follower term=1 vote=1
  1 answers p2: replication_failed index=3
  1 answers p3: success
> applied 1
  1 answers p1: success index=2
> state 1
  1 is follower term=1 vote=1 last=3/1 durable=3 commit=2 applied=2
