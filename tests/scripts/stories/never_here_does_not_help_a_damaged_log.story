# Node 3 was never here before, so the group is told; but since then its log was damaged. It takes part again only when its leader
# has brought it up to date.
> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently propose 1 a b
> silently settle
> silently crash 3
> silently damage 3 2
> quietly restart 3
  3 is follower term=1 vote=1 fenced
  3 applies [1/1 noop]
> never_here 3
> state 3
  3 is follower term=1 vote=1 fenced last=1/1 durable=1 commit=1 applied=1
> quietly run 1s
    2 commits 3
    2 applies [2/1 a, 3/1 b]
    3 is follower term=1 vote=1 leader=1 fenced
    3 commits 3
    3 applies [2/1 a, 3/1 b]
    3 is follower term=1 vote=1 leader=1
> state 3
  3 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
