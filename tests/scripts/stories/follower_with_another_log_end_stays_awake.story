# A marked heartbeat puts a follower to sleep only if its log ends exactly there, and is committed, durable and applied.

> silently nodes 1 voters=1,2,3 log=1x3 term=1 sleep_after=500
> send 2->1 heartbeat term=1 commit=2/1 round=7 sleep
  2->1 heartbeat
    1 is follower term=1 leader=2
    1 commits 2
    1->2 heartbeat_reply term=1 round=7
    1 reads 1..2 for itself
    1 applies [1/1 e1, 2/1 e2]
> send 2->1 heartbeat term=1 commit=3/1 round=8 sleep
  2->1 heartbeat
    1 commits 3
    1->2 heartbeat_reply term=1 round=8
    1 reads 3..3 for itself
    1 applies [3/1 e3]
> send 2->1 heartbeat term=1 commit=3/1 round=8 sleep
  2->1 heartbeat
    1 is follower term=1 leader=2 asleep
    1->2 heartbeat_reply term=1 round=8 asleep
> send 2->1 append term=1 prev=3/1 commit=3 [4/1 x]
  2->1 append
    1 is follower term=1 leader=2
    1 writes #1: [4/1 x]
    1->2 append_reply term=1 accepted=3
    1->2 append_reply term=1 accepted=4
> send 2->1 heartbeat term=1 commit=3/1 round=9 sleep
  2->1 heartbeat
    1->2 heartbeat_reply term=1 round=9
> silently hold writes 1
> send 2->1 append term=1 prev=4/1 commit=4 [5/1 y]
  2->1 append
    1 commits 4
    1 writes #2: [5/1 y]
    1 applies [4/1 x]
> send 2->1 heartbeat term=1 commit=5/1 round=10 sleep
  2->1 heartbeat
    1 commits 5
    1->2 heartbeat_reply term=1 round=10
    1 applies [5/1 y]
> written 1
  1->2 append_reply term=1 accepted=5
> send 2->1 heartbeat term=1 commit=5/1 round=11 sleep
  2->1 heartbeat
    1 is follower term=1 leader=2 asleep
    1->2 heartbeat_reply term=1 round=11 asleep
> send 2->1 heartbeat term=1 commit=5/1 round=12
  2->1 heartbeat
    1 is follower term=1 leader=2
    1->2 heartbeat_reply term=1 round=12
