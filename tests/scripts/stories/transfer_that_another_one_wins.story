# The target of a transfer does not get the request, and another node is elected meanwhile. The caller is not told
# success.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> transfer 1 3
  1->3 timeout_now term=1
> drop timeout_now
  1->3 timeout_now is lost
> silently advance 3 1s
> time_out 2
  2 is pre_candidate term=1 vote=1
  2->1 pre_vote term=2 last=1/1
  2->3 pre_vote term=2 last=1/1
> deliver 2->3
  2->3 pre_vote
    3->2 pre_vote_reply term=2 granted
> deliver 3->2
  3->2 pre_vote_reply
    2 is candidate term=2 vote=2
    2 writes #3: term=2 vote=2
    2->1 vote term=2 last=1/1
    2->3 vote term=2 last=1/1
> quietly settle
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 leader=2
    1 answers p1: replication_failed
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
> quietly run 200
    1 commits 2
    1 applies [2/2 noop]
    3 commits 2
    3 applies [2/2 noop]
