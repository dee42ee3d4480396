# While the disk is busy with a write, further proposals gather: they leave for the disk and for the followers together,
# when the write is done or with the next tick. Commits and answers are not held up.
# Thesis, section 10.2.2 (batching).

> silently nodes 1 2 3 gather=on
> silently time_out 1
> silently run 200
> hold writes 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> propose 1 b
> propose 1 c
> settle
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
  1->3 append
    3 writes #3: [2/1 a]
    3->1 append_reply term=1 accepted=2
  2->1 append_reply
  3->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> written 1
  1 writes #4: [3/1 b, 4/1 c]
  1->2 append term=1 prev=2/1 commit=2 [3/1 b, 4/1 c]
  1->3 append term=1 prev=2/1 commit=2 [3/1 b, 4/1 c]
> propose 1 d
> propose 1 e

# The disk does not get on with it; nothing waits longer than to the next tick.
> advance 1 50
  1 writes #5: [5/1 d, 6/1 e]
  1->2 append term=1 prev=4/1 commit=2 [5/1 d, 6/1 e]
  1->3 append term=1 prev=4/1 commit=2 [5/1 d, 6/1 e]
> release writes 1
> quietly settle
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
    1 commits 4
    1 applies [3/1 b, 4/1 c]
    1 answers p2: success index=3
    1 answers p3: success index=4
    1 commits 6
    1 applies [5/1 d, 6/1 e]
    1 answers p4: success index=5
    1 answers p5: success index=6
