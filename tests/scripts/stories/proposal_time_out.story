# A proposal that is not committed in time is answered "unknown". It may be committed later; its caller hears nothing
# more, and new proposals go on.

> silently nodes 1 2 3 check_quorum=off proposal_timeout=3s
> silently time_out 1
> silently run 200
> isolate 1
> silently propose 1 a
> silently advance 1 2s
> silently propose 1 b
> quietly advance 1 1s
  1 answers p1: proposal_timeout index=2
> quietly advance 1 1900
> quietly advance 1 100
  1 answers p2: proposal_timeout index=3
> heal
> quietly run 300
    1 commits 2
    1 applies [2/1 a]
    1 commits 3
    1 applies [3/1 b]
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
    2 commits 3
    2 applies [3/1 b]
    3 commits 3
    3 applies [3/1 b]
