# A candidate's requests leave only when its new term and its vote for itself are durable. Otherwise it could crash,
# come back and vote for another in the term in which others elect it.
# Raft paper, figure 2.

> nodes 1 voters=1,2,3 pre_vote=off
  1 is follower term=0
> hold writes 1
> time_out 1
  1 is candidate term=1 vote=1
  1 writes #1: term=1 vote=1
> state 1
  1 is candidate term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
> messages
> written 1
  1->2 vote term=1 last=0/0
  1->3 vote term=1 last=0/0
