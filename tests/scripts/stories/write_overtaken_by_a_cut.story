# A follower's entries are cut while they are still being written. When the old write completes, the follower has not
# got the new entries yet and does not acknowledge them; the disk ends up with the new ones.

> nodes 1 voters=1,2,3
  1 is follower term=0
> hold writes 1
> send 2->1 append term=1 prev=0/0 commit=0 [1/1 noop, 2/1 a, 3/1 b]
  2->1 append
    1 is follower term=1 leader=2
    1 writes #1: term=1 vote=0 [1/1 noop, 2/1 a, 3/1 b]
> send 3->1 append term=2 prev=1/1 commit=0 [2/2 noop]
  3->1 append
    1 is follower term=2 leader=3
    1 writes #2: term=2 vote=0 cut=2 [2/2 noop]
> state 1
  1 is follower term=2 leader=3 last=2/2 durable=0 commit=0 applied=0
> written 1
> state 1
  1 is follower term=2 leader=3 last=2/2 durable=1 commit=0 applied=0
> written 1
  1->3 append_reply term=2 accepted=1
  1->3 append_reply term=2 accepted=2
> state 1
  1 is follower term=2 leader=3 last=2/2 durable=2 commit=0 applied=0
