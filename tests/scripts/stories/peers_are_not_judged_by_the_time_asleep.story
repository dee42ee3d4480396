# Check-quorum stands still while the leader sleeps: after an hour without any answer a write does not depose it, not even
# when the first heartbeats are slow.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently jump 1 3600s
> silently delay 1->*
> silently propose 1 a
> quietly advance 1 900
> heal
> quietly settle
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> quietly run 1500
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
