# Node 4 was removed, but does not know it yet: it may be a candidate with the vote that node 1 has lost, so it is asked, too.
> silently nodes 1 2 3 4
> silently time_out 2
> silently run 200
> silently isolate 4
> silently change 2 1,2,3
> silently run 500
> silently crash 1
> silently wipe 1
> quietly restart 1
  1 is follower term=0 fenced
> quietly run 2s
  4 is pre_candidate term=1 vote=2
> state 1
  1 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> heal
> quietly run 3s
    1 is follower term=1 vote=1 fenced
    1 is follower term=1 vote=1 leader=2 fenced
    1 commits 2
    1 applies [1/1 noop, 2/1 config{1+2+3}]
    1 is follower term=1 vote=1 leader=2
> state 1
  1 is follower term=1 vote=1 leader=2 last=2/1 durable=2 commit=2 applied=2
