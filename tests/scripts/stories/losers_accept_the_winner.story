# Two candidates of one term; one of them wins. The loser, and the node that voted for it, follow the winner.
# Raft paper, section 5.2: a candidate that hears a leader of its own term returns to follower.

> nodes 1 2 3 4 5 pre_vote=off
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
  4 is follower term=0
  5 is follower term=0
> quietly time_out 1
  1 is candidate term=1 vote=1
> quietly time_out 2
  2 is candidate term=1 vote=2
> quietly deliver 1->4
    4 is follower term=1 vote=1
> quietly deliver 1->5
    5 is follower term=1 vote=1
> quietly deliver 2->3
    3 is follower term=1 vote=2
> quietly drop vote
> state all
  1 is candidate term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
  2 is candidate term=1 vote=2 last=0/0 durable=0 commit=0 applied=0
  3 is follower term=1 vote=2 last=0/0 durable=0 commit=0 applied=0
  4 is follower term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
  5 is follower term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
> quietly settle
    1 is leader term=1 vote=1
    2 is follower term=1 vote=2 leader=1
    3 is follower term=1 vote=2 leader=1
    4 is follower term=1 vote=1 leader=1
    5 is follower term=1 vote=1 leader=1
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=2 leader=1 last=1/1 durable=1 commit=0 applied=0
  3 is follower term=1 vote=2 leader=1 last=1/1 durable=1 commit=0 applied=0
  4 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
  5 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
