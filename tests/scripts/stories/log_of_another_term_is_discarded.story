# Where the snapshot ends, the follower has an entry of another term. Its log is another one from there on at the latest: nothing of
# it is kept (Raft paper, section 7).

> nodes 1 voters=1,2,3 log=1x6 term=1
  1 is follower term=1
> silently send 2->1 heartbeat term=3 commit=0/0 round=1
> send 2->1 snapshot term=3 session=1 at=4/2 offset=0 data=e1,e2,e3,x last
  2->1 snapshot
    1 stores 0..10 last
    1 imports 4/2: "e1,e2,e3,x"
    1 commits 4
    1 writes #2: whole_log=4/2
    1->2 append_reply term=3 accepted=4
    1->2 snapshot_reply term=3 session=1 installed=4
> log 1
  1 has
> state 1
  1 is follower term=3 leader=2 last=4/2 durable=4 commit=4 applied=4
> send 2->1 append term=3 prev=4/2 commit=5 [5/3 noop]
  2->1 append
    1 commits 5
    1 writes #3: [5/3 noop]
    1 applies [5/3 noop]
    1->2 append_reply term=3 accepted=5
> send 2->1 snapshot term=3 session=2 at=4/2 offset=0 data=e1,e2,e3,x last
  2->1 snapshot
    1->2 snapshot_reply term=3 session=2 installed=4
