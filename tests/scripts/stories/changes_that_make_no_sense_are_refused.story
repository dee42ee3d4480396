# Nothing is appended for a change without voters, with a node named twice, or to what already holds.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> change 1 -
  1 answers p1: insufficient_voters
> change 1 1,2,2
  1 answers p2: invalid_argument
> change 1 1,2,3 3
  1 answers p3: invalid_argument
> change 1 0,1
  1 answers p4: invalid_argument
> change 1 3,2,1
  1 answers p5: success
> log 1
  1 has 1/1 noop
