# Nobody tells a sleeping core the time: when it is told again, that is no pause. The leader still leads, and takes a write.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> jump 1 60s
> jump 2 3600s
> silently propose 1 a
> quietly settle
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> state all
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=1 applied=1
