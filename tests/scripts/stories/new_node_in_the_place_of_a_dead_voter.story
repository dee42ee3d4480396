# Node 3 is dead for good, and was removed. Node 4 is new, but its disk looks like one that was wiped: it would have to ask node
# 3, too. When it is told that nothing was ever there, it votes, so that nodes 2 and 4 go on when node 1 dies as well.
> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently crash 3
> silently change 1 1,2
> silently run 500
> silently nodes 4 voters=- wiped=on
> silently change 1 1,2,4
> quietly run 5s
    1 commits 3
    1 applies [3/1 config{1+2+4}]
    1 answers p2: success
    2 commits 3
    2 applies [3/1 config{1+2+4}]
> state 4
  4 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> never_here 4
  4 is follower term=0
  4 writes #2: term=0 vote=0
> quietly run 1s
    4 is follower term=1 leader=1
    4 commits 3
    4 applies [1/1 noop, 2/1 config{1+2}, 3/1 config{1+2+4}]
> state 4
  4 is follower term=1 leader=1 last=3/1 durable=3 commit=3 applied=3
> silently crash 1
> quietly run 5s
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    4 is follower term=2 vote=2
    2 is leader term=2 vote=2
    4 is follower term=2 vote=2 leader=2
    2 commits 4
    2 applies [4/2 noop]
    2 is leader term=2 vote=2 ready
    4 commits 4
    4 applies [4/2 noop]
> state all
  1 is down
  2 is leader term=2 vote=2 ready last=4/2 durable=4 commit=4 applied=4
  3 is down
  4 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
