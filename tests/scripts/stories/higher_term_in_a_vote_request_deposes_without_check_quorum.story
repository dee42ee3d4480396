# Without check-quorum, a vote request of a higher term makes leader and followers take over the term, whether or not
# they grant it. So no follower goes on acknowledging the old leader.
# Raft paper, section 5.1.

> silently nodes 1 2 3 check_quorum=off pre_vote=off
> silently time_out 1
> silently run 200
> silently propose 1 a
> silently settle
> lose 1->3
> silently propose 1 b
> silently settle
> heal
> time_out 3
  3 is candidate term=2 vote=3
  3 writes #4: term=2 vote=3
  3->1 vote term=2 last=2/1
  3->2 vote term=2 last=2/1
> deliver 3->2
  3->2 vote
    2 is follower term=2
    2 writes #5: term=2 vote=0
    2->3 vote_reply term=2 refused
> deliver 3->1
  3->1 vote
    1 is follower term=2
    1 writes #5: term=2 vote=0
    1->3 vote_reply term=2 refused
> settle
  2->3 vote_reply
  1->3 vote_reply
    3 is follower term=2 vote=3
