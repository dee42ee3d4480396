# A vote that became durable after the node had moved on to a newer term is not sent any more.
# Raft paper, section 5.1: messages carry the current term.

> nodes 1 voters=1,2,3
  1 is follower term=0
> hold writes 1
> send 2->1 vote term=1 last=0/0
  2->1 vote
    1 is follower term=1 vote=2
    1 writes #1: term=1 vote=2
> send 3->1 vote term=2 last=0/0
  3->1 vote
    1 is follower term=2 vote=3
    1 writes #2: term=2 vote=3
> written 1
> written 1
  1->3 vote_reply term=2 granted
