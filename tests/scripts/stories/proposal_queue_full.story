# At most so many entries wait to be committed. What does not fit is refused, nothing of it is appended, and there is
# room again when something has committed.

> silently nodes 1 2 3 queue=3
> silently time_out 1
> silently run 200
> propose 1 a b
  1 writes #3: [2/1 a, 3/1 b]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b]
> propose 1 c d
  1 answers p2: proposal_queue_full
> log 1
  1 has 1/1 noop, 2/1 a, 3/1 b
> propose 1 e
  1 writes #4: [4/1 e]
  1->2 append term=1 prev=3/1 commit=1 [4/1 e]
  1->3 append term=1 prev=3/1 commit=1 [4/1 e]
> propose 1 f
  1 answers p4: proposal_queue_full
> quietly settle
    1 commits 3
    1 applies [2/1 a, 3/1 b]
    1 answers p1: success index=3
    1 commits 4
    1 applies [4/1 e]
    1 answers p3: success index=4
> propose 1 g h i
  1 writes #5: [5/1 g, 6/1 h, 7/1 i]
  1->2 append term=1 prev=4/1 commit=4 [5/1 g, 6/1 h, 7/1 i]
  1->3 append term=1 prev=4/1 commit=4 [5/1 g, 6/1 h, 7/1 i]
> log 1
  1 has 1/1 noop, 2/1 a, 3/1 b, 4/1 e, 5/1 g, 6/1 h, 7/1 i
