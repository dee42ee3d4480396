# The append of the write that woke the leader is lost. The leader is awake, so its heartbeats find the gap.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently propose 1 a
> drop 1->3
  1->3 heartbeat is lost
  1->3 append is lost
> quietly run 300
    2 is follower term=1 vote=1 leader=1
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 commits 2
    2 applies [2/1 a]
    3 is follower term=1 vote=1 leader=1
    3 commits 2
    3 applies [2/1 a]
> quietly run 2s
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
