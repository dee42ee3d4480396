# A node that voted, crashed and came back does not vote for another in the same term; for the same candidate it
# repeats its vote. Term and vote are one durable record.
# Raft paper, section 5.2.

> nodes 1 voters=1,2,3
  1 is follower term=0
> send 2->1 vote term=1 last=0/0
  2->1 vote
    1 is follower term=1 vote=2
    1 writes #1: term=1 vote=2
    1->2 vote_reply term=1 granted
> crash 1
> restart 1
  1 is follower term=1 vote=2
> send 3->1 vote term=1 last=0/0
  3->1 vote
    1->3 vote_reply term=1 refused
> send 2->1 vote term=1 last=0/0
  2->1 vote
    1->2 vote_reply term=1 granted
> state 1
  1 is follower term=1 vote=2 last=0/0 durable=0 commit=0 applied=0
