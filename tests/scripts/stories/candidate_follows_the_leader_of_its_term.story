# A candidate that hears an append or a heartbeat of its own term follows the sender.
# Raft paper, section 5.2.

> nodes 1 voters=1,2,3 pre_vote=off
  1 is follower term=0
> quietly time_out 1
  1 is candidate term=1 vote=1
> send 2->1 append term=1 prev=0/0 commit=0 [1/1 noop]
  2->1 append
    1 is follower term=1 vote=1 leader=2
    1 writes #2: [1/1 noop]
    1->2 append_reply term=1 accepted=1
> state 1
  1 is follower term=1 vote=1 leader=2 last=1/1 durable=1 commit=0 applied=0
