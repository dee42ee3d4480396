# A group of one has nobody to be replaced by: it goes on after a pause.

> silently nodes 1
> silently time_out 1
> jump 1 60s
> quietly propose 1 a
  1 commits 2
  1 applies [2/1 a]
  1 answers p1: success index=2
