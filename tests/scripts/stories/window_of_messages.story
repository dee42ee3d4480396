# A leader has at most so many appends under way to one peer; each acknowledgement lets the next one go. What waits
# leaves together.
# Thesis, section 10.2.1 (pipelining), with a limit.

> silently nodes 1 2 3 inflight=2
> silently time_out 1
> silently run 200
> crash 3
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=1 [3/1 b]
  1->3 append term=1 prev=2/1 commit=1 [3/1 b]
> propose 1 c
  1 writes #5: [4/1 c]
> propose 1 d
  1 writes #6: [5/1 d]
> peers 1
  1 sees 2: replicate match=1 next=4 inflight=2
  1 sees 3: replicate match=1 next=4 inflight=2
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
  1->2 append
    2 writes #4: [3/1 b]
    2->1 append_reply term=1 accepted=3
> deliver 2->1 1
  2->1 append_reply
    1 commits 2
    1->2 append term=1 prev=3/1 commit=2 [4/1 c, 5/1 d]
    1 applies [2/1 a]
    1 answers p1: success index=2
> settle
  1->3 append is lost
  1->3 append is lost
  2->1 append_reply
    1 commits 3
    1 applies [3/1 b]
    1 answers p2: success index=3
  1->2 append
    2 commits 2
    2 writes #5: [4/1 c, 5/1 d]
    2 applies [2/1 a]
    2->1 append_reply term=1 accepted=5
  2->1 append_reply
    1 commits 5
    1 applies [4/1 c, 5/1 d]
    1 answers p3: success index=4
    1 answers p4: success index=5
> peers 1
  1 sees 2: replicate match=5 next=6 inflight=0
  1 sees 3: replicate match=1 next=4 inflight=2
