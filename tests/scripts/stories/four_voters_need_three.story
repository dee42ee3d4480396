# A majority of an even number of voters is more than half.

> silently nodes 1 2 3 4
> silently time_out 1
> silently run 200
> crash 4
> silently propose 1 a
> quietly deliver 1->2
> quietly deliver 2->1

# Two of four are not enough.
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
> quietly deliver 1->3
> quietly deliver 3->1
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
