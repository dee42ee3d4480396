# An append that was delayed while later ones arrived does not shorten the log: only a different term at the same index
# cuts.
# Raft paper, figure 2, receiver's step 3 ("if an existing entry conflicts").

> nodes 2 voters=1,2,3
  2 is follower term=0
> send 1->2 append term=1 prev=0/0 commit=0 [1/1 noop, 2/1 a, 3/1 b]
  1->2 append
    2 is follower term=1 leader=1
    2 writes #1: term=1 vote=0 [1/1 noop, 2/1 a, 3/1 b]
    2->1 append_reply term=1 accepted=3
> send 1->2 append term=1 prev=0/0 commit=0 [1/1 noop]
  1->2 append
    2->1 append_reply term=1 accepted=3
> send 1->2 append term=1 prev=1/1 commit=0 []
  1->2 append
    2->1 append_reply term=1 accepted=3
> log 2
  2 has 1/1 noop, 2/1 a, 3/1 b
> state 2
  2 is follower term=1 leader=1 last=3/1 durable=3 commit=0 applied=0
