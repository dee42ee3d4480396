# The bytes that wait to be committed are limited too.

> silently nodes 1 2 3 queue_bytes=500
> silently time_out 1
> silently run 200
> quietly propose 1 a size=400
> quietly propose 1 b size=100
  1 answers p2: proposal_queue_full
> log 1
  1 has 1/1 noop, 2/1 a(400 B)
> quietly settle
    1 commits 2
    1 applies [2/1 a(400 B)]
    1 answers p1: success index=2
> quietly propose 1 c size=100
> quietly propose 1 d size=1000
  1 answers p4: proposal_queue_full
