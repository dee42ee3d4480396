# Nothing has happened for 500 ms: the leader marks its heartbeats with a wish to sleep, and stops them when all have answered
# that they sleep. Then time passes without a message.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 200
> silently propose 1 a
> quietly run 500
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
> run 200
  1->2 heartbeat term=1 commit=2/1 round=9 sleep
  1->3 heartbeat term=1 commit=2/1 round=9 sleep
  1->2 heartbeat
    2 is follower term=1 vote=1 leader=1 asleep
    2->1 heartbeat_reply term=1 round=9 asleep
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1 asleep
    3->1 heartbeat_reply term=1 round=9 asleep
  2->1 heartbeat_reply
  3->1 heartbeat_reply
    1 is leader term=1 vote=1 ready asleep
> run 60s
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
