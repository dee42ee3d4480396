# A leader that lost its leadership before it was ready is not ready in its next term because of what it applied for the
# earlier one.

> silently nodes 1 2 3
> hold applies 1
> silently time_out 1
> silently settle
> state 1
  1 is leader term=1 vote=1 last=1/1 durable=1 commit=1 applied=0
> step_down 1
  1 is follower term=1 vote=1
  1 answers p1: success
> silently advance 2 1s
> silently advance 3 1s
> silently time_out 1
> quietly settle
    1 is candidate term=2 vote=1
    2 is follower term=2 vote=1
    3 is follower term=2 vote=1
    1 is leader term=2 vote=1
    2 is follower term=2 vote=1 leader=1
    3 is follower term=2 vote=1 leader=1
    2 commits 1
    2 applies [1/1 noop]
    3 commits 1
    3 applies [1/1 noop]
    1 commits 2

# This is the no-op of the earlier term.
> applied 1
  1 applies [2/2 noop]
> propose 1 a
  1 answers p2: node_is_not_leader

# And this the one of the present term.
> applied 1
  1 is leader term=2 vote=1 ready
