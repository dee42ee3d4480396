# Node 3 was told of its group by the log. Its wiped disk knows of nobody: it waits until the leader calls, and asks the others.
> silently nodes 1 2
> silently nodes 3 voters=-
> silently time_out 1
> silently run 200
> silently change 1 1,2,3
> silently run 500
> silently crash 3
> silently wipe 3
> quietly restart 3
  3 is follower term=0 fenced
> advance 3 1s
> state 3
  3 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> quietly run 1s
    3 is follower term=1 vote=3 fenced
    3 is follower term=1 vote=3 leader=1 fenced
    3 commits 2
    3 applies [1/1 noop, 2/1 config{1+2+3}]
    3 is follower term=1 vote=3 leader=1
> state all
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=3 leader=1 last=2/1 durable=2 commit=2 applied=2
