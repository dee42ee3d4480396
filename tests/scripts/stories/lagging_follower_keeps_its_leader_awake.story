# One follower hears nothing: it stays behind, and the group does not sleep, although nothing happens for long.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 200
> silently lose 1->3 append
> silently propose 1 a
> quietly run 900
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 commits 2
    2 applies [2/1 a]
> state all
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
> heal
> quietly run 2s
    3 commits 2
    3 applies [2/1 a]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
