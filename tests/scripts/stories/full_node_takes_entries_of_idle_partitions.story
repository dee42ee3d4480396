# All partitions of node 2 together have too much under way. One that has nothing under way takes entries all the same.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 2
> node 2 full
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a]
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=1 [3/1 b]
  1->3 append term=1 prev=2/1 commit=1 [3/1 b]
> deliver 1->2
  1->2 append
    2->1 append_reply term=1 rejected=2 conflict=0/0 last=2 saturated
> node 2 free
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    1 commits 3
    1 applies [3/1 b]
    1 answers p2: success index=3
> quietly run 200
    3 commits 3
    3 applies [2/1 a, 3/1 b]
    2 commits 3
    2 applies [2/1 a, 3/1 b]
> release writes 2
  2->1 append_reply term=1 accepted=2
  2->1 append_reply term=1 accepted=3
> quietly run 200
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: replicate match=3 next=4 inflight=0
