# A shorter log with a newer last term is more up to date than a longer one.
# Raft paper, section 5.4.1.

> nodes 1 log=1x9 term=1 voters=1,2,3
  1 is follower term=1
> send 2->1 vote term=3 last=3/2
  2->1 vote
    1 is follower term=3 vote=2
    1 writes #1: term=3 vote=2
    1->2 vote_reply term=3 granted
> state 1
  1 is follower term=3 vote=2 last=9/1 durable=9 commit=0 applied=0
