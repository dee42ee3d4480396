# An append with a hole, with terms that fall, or with an entry of a term above the sender's is not from a sound node.
# It changes nothing.

> nodes 1 voters=1,2,3 log=1 term=2
  1 is follower term=2
> send 2->1 append term=2 prev=1/1 commit=0 [3/2 x]
  2->1 append
> send 2->1 append term=2 prev=1/1 commit=0 [2/2 x, 4/2 y]
  2->1 append
> send 2->1 append term=2 prev=1/1 commit=0 [2/2 x, 3/1 y]
  2->1 append
> send 2->1 append term=2 prev=1/1 commit=0 [2/3 x]
  2->1 append
> send 2->1 append term=2 prev=5/4 commit=0 []
  2->1 append
> log 1
  1 has 1/1 e1
