# The sleeping leader is cut off, the others elect another one and write. It answers no read, and steps down.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently isolate 1
> silently suspect 2 1
> silently suspect 3 1
> silently run 4s
> silently propose 2 x
> silently propose 3 x
> quietly run 500
    2 commits 3
    2 applies [3/2 x]
    2 answers p1: success index=3
    3 commits 3
    3 applies [3/2 x]
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=3 applied=3
> quietly ask 1
  1 is leader term=1 vote=1 ready
> quietly run 3s
  1 is follower term=1 vote=1
  1 answers p3: node_is_not_leader
  1 is pre_candidate term=1 vote=1
