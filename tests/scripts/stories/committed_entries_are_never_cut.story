# A message that would remove a committed entry can only come from a broken node. The partition stops and says why; it
# does not give up what was promised.

> nodes 1 voters=1,2,3 log=1x3 term=1 commit=2
  1 is follower term=1
  1 reads 1..2 for itself
  1 applies [1/1 e1, 2/1 e2]
> send 2->1 append term=2 prev=1/1 commit=0 [2/2 x]
  2->1 append
    1 is failed: broken invariant: a committed entry would be removed
> state 1
  1 is failed: broken invariant: a committed entry would be removed last=3/1 durable=3 commit=2 applied=2
> send 2->1 heartbeat term=2 commit=0/0 round=1
  2->1 heartbeat
