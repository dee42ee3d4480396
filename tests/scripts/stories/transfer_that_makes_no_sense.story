# A transfer to a stranger, to the leader itself, from a follower, or while another is under way changes nothing.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> transfer 1 9
  1 answers p1: member_not_found
> transfer 1 1
  1 answers p2: success
> transfer 2 3
  2 answers p3: node_is_not_leader
> lose 1->3
> transfer 1 3
  1->3 timeout_now term=1
> transfer 1 2
  1 answers p5: active_proposal
> quietly propose 1 a
  1 answers p6: node_is_not_leader
