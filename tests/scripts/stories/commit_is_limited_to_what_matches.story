# An append tells a higher commit index than its entries reach. The follower commits only as far as its log is known to
# equal the leader's: what it holds beyond may be another leader's.
# Raft paper, figure 2, receiver's step 5.

> nodes 1 voters=1,2,3 log=1x5 term=1
  1 is follower term=1
> send 2->1 append term=2 prev=2/1 commit=5 []
  2->1 append
    1 is follower term=2 leader=2
    1 commits 2
    1 writes #1: term=2 vote=0
    1 reads 1..2 for itself
    1->2 append_reply term=2 accepted=2
    1 applies [1/1 e1, 2/1 e2]
> send 2->1 append term=2 prev=2/1 commit=5 [3/2 x]
  2->1 append
    1 commits 3
    1 writes #2: cut=3 [3/2 x]
    1 applies [3/2 x]
    1->2 append_reply term=2 accepted=3
> state 1
  1 is follower term=2 leader=2 last=3/2 durable=3 commit=3 applied=3
