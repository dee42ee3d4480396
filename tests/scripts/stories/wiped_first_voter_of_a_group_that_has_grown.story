# Node 1 began the group alone; two more have joined since. When its disk is wiped, the configuration that it is started with
# names nobody else: it does not take the group for a new one, but waits until the leader calls, and asks all that it names.
> silently nodes 1
> silently nodes 2 3 voters=-
> silently time_out 1
> silently change 1 1,2
> silently run 300
> silently change 1 1,2,3
> silently run 300
> silently propose 1 a
> silently run 300
> members 2
  2 knows 1+2+3
> silently isolate 1
> silently crash 1
> silently wipe 1
> restart 1
  1 is follower term=0 fenced
  1 writes #1: term=0 vote=0 lost=unknown
> quietly advance 1 10s
> state 1
  1 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> quietly run 5s
  2 is pre_candidate term=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 5
    2 applies [5/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 5
    3 applies [5/2 noop]
> silently heal
> quietly run 2s
    1 is follower term=2 vote=1 fenced
    1 is follower term=2 vote=1 leader=2 fenced
    1 commits 5
    1 applies [1/1 noop, 2/1 config{1+2}, 3/1 config{1+2+3}, 4/1 a, 5/2 noop]
    1 is follower term=2 vote=1 leader=2
> state all
  1 is follower term=2 vote=1 leader=2 last=5/2 durable=5 commit=5 applied=5
  2 is leader term=2 vote=2 ready last=5/2 durable=5 commit=5 applied=5
  3 is follower term=2 vote=2 leader=2 last=5/2 durable=5 commit=5 applied=5
