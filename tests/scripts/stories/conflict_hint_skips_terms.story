# A refused append comes back with the term that is in the way and the first entry of it, so that the leader skips a
# whole term a round trip instead of one entry.
# Raft paper, end of section 5.3. The follower is f of figure 7.

> nodes 1 log=1x3,4x2,5x2,6x3 term=7 voters=1,2,3 pre_vote=off
  1 is follower term=7
> nodes 2 log=1x3,2x3,3x5 term=3 voters=1,2,3 pre_vote=off
  2 is follower term=3
> quietly time_out 1
  1 is candidate term=8 vote=1
> quietly deliver vote
    2 is follower term=8 vote=1
> quietly deliver vote_reply
    1 is leader term=8 vote=1
> quietly drop heartbeat
> messages append
  1->2 append term=8 prev=10/6 commit=0 [11/8 noop]
  1->3 append term=8 prev=10/6 commit=0 [11/8 noop]

# Term 3 is not in the leader's log at all: it goes back before the follower's first entry of term 3.
> deliver 1->2
  1->2 append
    2 is follower term=8 vote=1 leader=1
    2->1 append_reply term=8 rejected=10 conflict=7/3 last=11
> deliver 2->1
  2->1 append_reply
    1 reads 7..10 for 2
    1->2 append term=8 prev=6/5 commit=0 [7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10]

# Nor is term 2.
> deliver 1->2
  1->2 append
    2->1 append_reply term=8 rejected=6 conflict=4/2 last=11
> deliver 2->1
  2->1 append_reply
    1 reads 4..10 for 2
    1->2 append term=8 prev=3/1 commit=0 [4/4 e4 … 10/6 e10, 7 entries]

# Now the logs agree at the anchor.
> deliver 1->2
  1->2 append
    2 writes #2: cut=4 [4/4 e4 … 10/6 e10, 7 entries]
    2->1 append_reply term=8 accepted=3
    2->1 append_reply term=8 accepted=10
> deliver 2->1
  2->1 append_reply
    1->2 append term=8 prev=10/6 commit=0 [11/8 noop]
  2->1 append_reply
> log 2
  2 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10
