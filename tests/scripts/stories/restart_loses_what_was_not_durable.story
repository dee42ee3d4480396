# A leader crashes with entries that its disk did not have; nobody else got them either. They are gone, no caller was
# told otherwise, and the index is used again.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 1
> isolate 1
> propose 1 lost
  1 writes #3: [2/1 lost]
  1->2 append term=1 prev=1/1 commit=1 [2/1 lost]
  1->3 append term=1 prev=1/1 commit=1 [2/1 lost]
> crash 1
> heal
> silently drop
> silently advance 3 1s
> silently time_out 2
> silently settle
> quietly propose 2 kept
> restart 1
  1 is follower term=1 vote=1
> quietly run 300
    3 commits 2
    3 applies [2/2 noop]
    2 commits 3
    2 applies [3/2 kept]
    2 answers p2: success index=3
    3 commits 3
    3 applies [3/2 kept]
    1 is follower term=2 leader=2
    1 commits 3
    1 applies [1/1 noop]
    1 applies [2/2 noop, 3/2 kept]
> log all
  1 has 1/1 noop, 2/2 noop, 3/2 kept
  2 has 1/1 noop, 2/2 noop, 3/2 kept
  3 has 1/1 noop, 2/2 noop, 3/2 kept
