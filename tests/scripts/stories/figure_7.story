# A new leader (node 1) meets followers with every kind of different tail: a and b miss entries, c and d have too many,
# e and f have others. It overwrites what differs, and all logs become equal to its own.
# Raft paper, section 5.3 and figure 7; nodes 2 to 7 are a to f.

> nodes 1 log=1x3,4x2,5x2,6x3 term=7 voters=1,2,3,4,5,6,7
  1 is follower term=7
> nodes 2 log=1x3,4x2,5x2,6x2 term=6 voters=1,2,3,4,5,6,7
  2 is follower term=6
> nodes 3 log=1x3,4 term=4 voters=1,2,3,4,5,6,7
  3 is follower term=4
> nodes 4 log=1x3,4x2,5x2,6x4 term=6 voters=1,2,3,4,5,6,7
  4 is follower term=6
> nodes 5 log=1x3,4x2,5x2,6x3,7x2 term=7 voters=1,2,3,4,5,6,7
  5 is follower term=7
> nodes 6 log=1x3,4x4 term=4 voters=1,2,3,4,5,6,7
  6 is follower term=4
> nodes 7 log=1x3,2x3,3x5 term=3 voters=1,2,3,4,5,6,7
  7 is follower term=3

# c and d refuse their votes: their logs are more up to date. The others are a majority.
> time_out 1
  1 is pre_candidate term=7
  1->2 pre_vote term=8 last=10/6
  1->3 pre_vote term=8 last=10/6
  1->4 pre_vote term=8 last=10/6
  1->5 pre_vote term=8 last=10/6
  1->6 pre_vote term=8 last=10/6
  1->7 pre_vote term=8 last=10/6
> quietly deliver pre_vote
> quietly deliver pre_vote_reply
    1 is candidate term=8 vote=1
> deliver vote
  1->2 vote
    2 is follower term=8 vote=1
    2 writes #1: term=8 vote=1
    2->1 vote_reply term=8 granted
  1->3 vote
    3 is follower term=8 vote=1
    3 writes #1: term=8 vote=1
    3->1 vote_reply term=8 granted
  1->4 vote
    4 is follower term=8
    4 writes #1: term=8 vote=0
    4->1 vote_reply term=8 refused
  1->5 vote
    5 is follower term=8
    5 writes #1: term=8 vote=0
    5->1 vote_reply term=8 refused
  1->6 vote
    6 is follower term=8 vote=1
    6 writes #1: term=8 vote=1
    6->1 vote_reply term=8 granted
  1->7 vote
    7 is follower term=8 vote=1
    7 writes #1: term=8 vote=1
    7->1 vote_reply term=8 granted
> quietly deliver vote_reply
    1 is leader term=8 vote=1
> quietly settle
    2 is follower term=8 vote=1 leader=1
    3 is follower term=8 vote=1 leader=1
    4 is follower term=8 leader=1
    5 is follower term=8 leader=1
    6 is follower term=8 vote=1 leader=1
    7 is follower term=8 vote=1 leader=1
    1 commits 11
    1 applies [1/1 e1 … 10/6 e10, 10 entries]
    1 applies [11/8 noop]
    1 is leader term=8 vote=1 ready
    7 commits 11
    7 applies [1/1 e1, 2/1 e2, 3/1 e3]
    7 applies [4/4 e4 … 11/8 noop, 8 entries]
> log all
  1 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  2 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  3 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  4 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  5 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  6 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
  7 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10, 11/8 noop
