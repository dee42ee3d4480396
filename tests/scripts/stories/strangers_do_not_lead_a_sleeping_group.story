# A group sleeps, so nobody hears its leader. Who belongs to no configuration that may hold, and says that it leads, is not
# believed; but the group wakes, since it may be that somebody whom nobody here knows yet was elected in its sleep.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 5s
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
> quietly send 9->2 heartbeat term=900 commit=0/0 round=1
    2 is follower term=1 vote=1 leader=1
> quietly settle
    1 is leader term=1 vote=1 ready
    3 is follower term=1 vote=1 leader=1
> quietly run 2s
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> quietly send 9->1 append term=900 prev=1/1 commit=0 [2/900 x]
    1 is leader term=1 vote=1 ready
> quietly settle
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
