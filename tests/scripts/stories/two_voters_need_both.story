# A group of two commits only what both have, and elects nobody when one is down.

> silently nodes 1 2
> silently time_out 1
> silently run 200
> crash 2
> quietly propose 1 a
> quietly run 900
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
> restart 2
  2 is follower term=1 vote=1
> quietly run 300
    2 is follower term=1 vote=1 leader=1
    2 commits 1
    2 applies [1/1 noop]
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 commits 2
    2 applies [2/1 a]
> crash 1
> time_out 2
  2 is pre_candidate term=1 vote=1
  2->1 pre_vote term=2 last=2/1
> quietly settle
> state 2
  2 is pre_candidate term=1 vote=1 last=2/1 durable=2 commit=2 applied=2
