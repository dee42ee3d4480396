# When the leader has entries of the term that is in the way, it goes on after its last one of that term.
# Raft paper, end of section 5.3. The follower is e of figure 7.

> nodes 1 log=1x3,4x2,5x2,6x3 term=7 voters=1,2,3 pre_vote=off
  1 is follower term=7
> nodes 2 log=1x3,4x4 term=4 voters=1,2,3 pre_vote=off
  2 is follower term=4
> quietly time_out 1
  1 is candidate term=8 vote=1
> quietly deliver vote
    2 is follower term=8 vote=1
> quietly deliver vote_reply
    1 is leader term=8 vote=1
> quietly drop heartbeat
> deliver 1->2
  1->2 append
    2 is follower term=8 vote=1 leader=1
    2->1 append_reply term=8 rejected=10 conflict=4/4 last=7
> deliver 2->1
  2->1 append_reply
    1 reads 6..10 for 2
    1->2 append term=8 prev=5/4 commit=0 [6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10]
> deliver 1->2
  1->2 append
    2 writes #2: cut=6 [6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10]
    2->1 append_reply term=8 accepted=5
    2->1 append_reply term=8 accepted=10
> deliver 2->1
  2->1 append_reply
    1->2 append term=8 prev=10/6 commit=0 [11/8 noop]
  2->1 append_reply
> log 2
  2 has 1/1 e1, 2/1 e2, 3/1 e3, 4/4 e4, 5/4 e5, 6/5 e6, 7/5 e7, 8/6 e8, 9/6 e9, 10/6 e10
