# Two candidates ask for a vote in one term before the first vote is durable. Only the first gets it.
# Raft paper, section 5.2.

> nodes 1 voters=1,2,3
  1 is follower term=0
> hold writes 1
> send 2->1 vote term=1 last=0/0
  2->1 vote
    1 is follower term=1 vote=2
    1 writes #1: term=1 vote=2
> send 3->1 vote term=1 last=0/0
  3->1 vote
> release writes 1
  1->2 vote_reply term=1 granted
  1->3 vote_reply term=1 refused
