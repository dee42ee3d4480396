# The other end of figure 8: when the leader's own entry stands on a majority, everything before it is committed with
# it, and no other node can be elected any more.
# Raft paper, section 5.4.2 and figure 8 (e).

> nodes 1 log=1,2 term=3 voters=1,2,3,4,5 pre_vote=off
  1 is follower term=3
> nodes 2 log=1,2 term=2 voters=1,2,3,4,5 pre_vote=off
  2 is follower term=2
> nodes 3 4 log=1 term=3 vote=5 voters=1,2,3,4,5 pre_vote=off
  3 is follower term=3 vote=5
  4 is follower term=3 vote=5
> nodes 5 log=1,3 term=3 vote=5 voters=1,2,3,4,5 pre_vote=off
  5 is follower term=3 vote=5
> crash 5
> isolate 4
> quietly time_out 1
  1 is candidate term=4 vote=1
> quietly settle
    2 is follower term=4 vote=1
    3 is follower term=4 vote=1
    1 is leader term=4 vote=1
    2 is follower term=4 vote=1 leader=1
    3 is follower term=4 vote=1 leader=1
    1 commits 3
    1 applies [1/1 e1, 2/2 e2]
    1 applies [3/4 noop]
    1 is leader term=4 vote=1 ready
> crash 1
> heal
> silently advance 2 1s
> silently advance 3 1s
> restart 5
  5 is follower term=3 vote=5
> silently time_out 5
> silently settle
> quietly time_out 5
  5 is candidate term=5 vote=5
> settle
  5->1 vote is lost
  5->2 vote
    2 is follower term=5
    2 writes #3: term=5 vote=0
    2->5 vote_reply term=5 refused
  5->3 vote
    3 is follower term=5
    3 writes #4: term=5 vote=0
    3->5 vote_reply term=5 refused
  5->4 vote
    4 is follower term=5 vote=5
    4 writes #2: term=5 vote=5
    4->5 vote_reply term=5 granted
  2->5 vote_reply
  3->5 vote_reply
  4->5 vote_reply
> state 5
  5 is candidate term=5 vote=5 last=2/3 durable=2 commit=0 applied=0
