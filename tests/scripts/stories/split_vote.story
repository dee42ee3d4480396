# Two candidates of one term split the votes of a group of four; nobody wins. The random time-outs are drawn again, and
# the next term has a leader.
# Raft paper, section 5.2.

> nodes 1 2 3 4 pre_vote=off
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
  4 is follower term=0
> time_out 1
  1 is candidate term=1 vote=1
  1 writes #1: term=1 vote=1
  1->2 vote term=1 last=0/0
  1->3 vote term=1 last=0/0
  1->4 vote term=1 last=0/0
> time_out 2
  2 is candidate term=1 vote=2
  2 writes #1: term=1 vote=2
  2->1 vote term=1 last=0/0
  2->3 vote term=1 last=0/0
  2->4 vote term=1 last=0/0
> deliver 1->3
  1->3 vote
    3 is follower term=1 vote=1
    3 writes #1: term=1 vote=1
    3->1 vote_reply term=1 granted
> deliver 2->4
  2->4 vote
    4 is follower term=1 vote=2
    4 writes #1: term=1 vote=2
    4->2 vote_reply term=1 granted

# Each candidate refuses the other.
> settle
  1->2 vote
    2->1 vote_reply term=1 refused
  1->4 vote
    4->1 vote_reply term=1 refused
  2->1 vote
    1->2 vote_reply term=1 refused
  2->3 vote
    3->2 vote_reply term=1 refused
  3->1 vote_reply
  4->2 vote_reply
  2->1 vote_reply
  4->1 vote_reply
    1 is follower term=1 vote=1
  1->2 vote_reply
  3->2 vote_reply
    2 is follower term=1 vote=2
> state all
  1 is follower term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
  2 is follower term=1 vote=2 last=0/0 durable=0 commit=0 applied=0
  3 is follower term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
  4 is follower term=1 vote=2 last=0/0 durable=0 commit=0 applied=0

# Nodes 1 and 2 have two votes each and wait for a third that will not come.
> time_out 1
  1 is candidate term=2 vote=1
  1 writes #2: term=2 vote=1
  1->2 vote term=2 last=0/0
  1->3 vote term=2 last=0/0
  1->4 vote term=2 last=0/0
> quietly settle
    2 is follower term=2 vote=1
    3 is follower term=2 vote=1
    4 is follower term=2 vote=1
    1 is leader term=2 vote=1
    2 is follower term=2 vote=1 leader=1
    3 is follower term=2 vote=1 leader=1
    4 is follower term=2 vote=1 leader=1
    1 commits 1
    1 applies [1/2 noop]
    1 is leader term=2 vote=1 ready
> state all
  1 is leader term=2 vote=1 ready last=1/2 durable=1 commit=1 applied=1
  2 is follower term=2 vote=1 leader=1 last=1/2 durable=1 commit=0 applied=0
  3 is follower term=2 vote=1 leader=1 last=1/2 durable=1 commit=0 applied=0
  4 is follower term=2 vote=1 leader=1 last=1/2 durable=1 commit=0 applied=0
