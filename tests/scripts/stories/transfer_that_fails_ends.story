# The target does not answer. After an election time-out the transfer is given up, its caller is told, and proposals
# are taken again.
# Thesis, section 3.10: the prior leader "aborts the transfer and resumes accepting client requests".

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> crash 3
> transfer 1 3
  1->3 timeout_now term=1
> propose 1 a
  1 answers p2: node_is_not_leader
> quietly run 1900
> propose 1 b
  1 answers p3: node_is_not_leader
> quietly run 150
  1 answers p1: proposal_timeout
> propose 1 c
  1 writes #3: [2/1 c]
  1->2 append term=1 prev=1/1 commit=1 [2/1 c]
  1->3 append term=1 prev=1/1 commit=1 [2/1 c]
> quietly settle
    1 commits 2
    1 applies [2/1 c]
    1 answers p4: success index=2
