# The sleeping leader comes back with an empty disk, and can neither lead nor ask for votes. Its questions wake the others.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 1
> silently wipe 1
> quietly restart 1
  1 is follower term=0 fenced
> quietly run 6s
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 is follower term=1 vote=1 fenced
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    1 is follower term=2 fenced
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 leader=2 fenced
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
    1 commits 1
    1 applies [1/1 noop]
    1 commits 2
    1 applies [2/2 noop]
    3 commits 2
    3 applies [2/2 noop]
    1 is follower term=2 leader=2
    1 is follower term=2 leader=2 asleep
    3 is follower term=2 vote=2 leader=2 asleep
    2 is leader term=2 vote=2 ready asleep
> state all
  1 is follower term=2 leader=2 asleep last=2/2 durable=2 commit=2 applied=2
  2 is leader term=2 vote=2 ready asleep last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 asleep last=2/2 durable=2 commit=2 applied=2
