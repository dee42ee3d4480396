# The follower holds the very entry that the snapshot ends with, and more, but does not know that it is committed. What follows
# is kept: it may have been acknowledged.

> nodes 1 voters=1,2,3 log=1x6 term=1
  1 is follower term=1
> silently send 2->1 heartbeat term=2 commit=0/0 round=1
> send 2->1 snapshot term=2 session=1 at=4/1 offset=0 data=e1,e2,e3,e4 last
  2->1 snapshot
    1 stores 0..11 last
    1 imports 4/1: "e1,e2,e3,e4"
    1 commits 4
    1 writes #2: boundary=4/1
    1->2 append_reply term=2 accepted=4
    1->2 snapshot_reply term=2 session=1 installed=4
> log 1
  1 has 5/1 e5, 6/1 e6
> state 1
  1 is follower term=2 leader=2 last=6/1 durable=6 commit=4 applied=4
