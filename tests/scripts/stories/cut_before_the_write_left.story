# Entries that come and are replaced within one write of the disk's queue leave no trace but the last ones.

> nodes 1 voters=1,2,3 log=1x4 term=1
  1 is follower term=1
> hold writes 1
> send 2->1 append term=2 prev=2/1 commit=0 [3/2 noop, 4/2 a, 5/2 b]
  2->1 append
    1 is follower term=2 leader=2
    1 writes #1: term=2 vote=0 cut=3 [3/2 noop, 4/2 a, 5/2 b]
> send 3->1 append term=3 prev=3/2 commit=0 [4/3 noop]
  3->1 append
    1 is follower term=3 leader=3
    1 writes #2: term=3 vote=0 cut=4 [4/3 noop]
> release writes 1
  1->3 append_reply term=3 accepted=2
  1->3 append_reply term=3 accepted=3
  1->3 append_reply term=3 accepted=4
> log 1
  1 has 1/1 e1, 2/1 e2, 3/2 noop, 4/3 noop
> crash 1
> restart 1
  1 is follower term=3
> state 1
  1 is follower term=3 last=4/3 durable=4 commit=0 applied=0
