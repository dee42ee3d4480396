# A sleeping leader that is asked to step down wakes the others first, so that they look for another one by themselves.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> quietly step_down 1
  1 is follower term=1 vote=1
  1 answers p1: success
> silently crash 1
> quietly settle
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
> quietly run 3s
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 2
    3 applies [2/2 noop]
> state all
  1 is down
  2 is leader term=2 vote=2 ready last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 last=2/2 durable=2 commit=2 applied=2
