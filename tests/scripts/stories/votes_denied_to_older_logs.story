# A vote goes only to a log that is at least as up to date: first by the term of its last entry, then by its length.
# The refusing node takes over the higher term all the same, so that it never again acknowledges an older leader.
# Raft paper, sections 5.1 and 5.4.1.

> nodes 1 log=1x3,2x2 term=2 voters=1,2,3,4,5
  1 is follower term=2

# Of an older last term, though longer.
> send 2->1 vote term=3 last=9/1
  2->1 vote
    1 is follower term=3
    1 writes #1: term=3 vote=0
    1->2 vote_reply term=3 refused

# Of the same last term, but shorter.
> send 3->1 vote term=4 last=4/2
  3->1 vote
    1 is follower term=4
    1 writes #2: term=4 vote=0
    1->3 vote_reply term=4 refused

# Empty.
> send 4->1 vote term=5 last=0/0
  4->1 vote
    1 is follower term=5
    1 writes #3: term=5 vote=0
    1->4 vote_reply term=5 refused

# The leader of term 4 is told so.
> send 3->1 append term=4 prev=5/2 commit=5 [6/4 noop]
  3->1 append
    1->3 append_reply term=5 rejected=0 conflict=0/0 last=5

# Of the same last term and as long: this is enough.
> send 5->1 vote term=6 last=5/2
  5->1 vote
    1 is follower term=6 vote=5
    1 writes #4: term=6 vote=5
    1->5 vote_reply term=6 granted
> state 1
  1 is follower term=6 vote=5 last=5/2 durable=5 commit=0 applied=0
