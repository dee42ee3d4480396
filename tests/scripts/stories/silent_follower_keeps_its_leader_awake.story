# A follower that has everything dies before the group has fallen asleep: the leader goes on with heartbeats, and the other
# follower is not put to sleep, so that it needs nobody to tell it if the leader dies, too.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 200
> silently crash 3
> quietly run 3s
    2 is follower term=1 vote=1 leader=1 asleep
    2 is follower term=1 vote=1 leader=1
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is down
