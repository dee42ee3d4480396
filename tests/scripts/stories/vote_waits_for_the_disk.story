# The answer to a vote request leaves only when the vote is durable. A crash before that takes the vote back, and nobody
# has seen it.
# Raft paper, section 5.2 and figure 2 ("updated on stable storage before responding").

> nodes 1 voters=1,2,3
  1 is follower term=0
> hold writes 1
> send 2->1 vote term=1 last=0/0
  2->1 vote
    1 is follower term=1 vote=2
    1 writes #1: term=1 vote=2

# Nothing was sent. The crash comes before the write.
> crash 1
> restart 1
  1 is follower term=0
> state 1
  1 is follower term=0 last=0/0 durable=0 commit=0 applied=0

# So it may vote for another one.
> hold writes 1
> send 3->1 vote term=1 last=0/0
  3->1 vote
    1 is follower term=1 vote=3
    1 writes #1: term=1 vote=3
> written 1
  1->3 vote_reply term=1 granted

# The vote is on the disk though the node never heard so: it counts after the restart.
> crash 1
> restart 1
  1 is follower term=1 vote=3
> hold writes 1
> send 2->1 vote term=2 last=0/0
  2->1 vote
    1 is follower term=2 vote=2
    1 writes #1: term=2 vote=2
> crash 1 1
> restart 1
  1 is follower term=2 vote=2
> send 3->1 vote term=2 last=0/0
  3->1 vote
    1->3 vote_reply term=2 refused
> state 1
  1 is follower term=2 vote=2 last=0/0 durable=0 commit=0 applied=0
