# A heartbeat names the term of the commit index. A follower that has another entry there, or none, commits nothing.

> nodes 1 voters=1,2,3 log=1x2,2x2 term=3
  1 is follower term=3
> send 2->1 heartbeat term=3 commit=3/3 round=1
  2->1 heartbeat
    1 is follower term=3 leader=2
    1->2 heartbeat_reply term=3 round=1
> send 2->1 heartbeat term=3 commit=9/3 round=2
  2->1 heartbeat
    1->2 heartbeat_reply term=3 round=2
> state 1
  1 is follower term=3 leader=2 last=4/2 durable=4 commit=0 applied=0
> send 2->1 heartbeat term=3 commit=3/2 round=3
  2->1 heartbeat
    1 commits 3
    1->2 heartbeat_reply term=3 round=3
    1 reads 1..3 for itself
    1 applies [1/1 e1, 2/1 e2, 3/2 e3]
