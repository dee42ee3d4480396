# Entries that wait for a peer leave in appends of limited size; an entry that is larger travels alone.

> silently nodes 1 2 3 append_bytes=200 inflight=1
> silently time_out 1
> silently run 200
> crash 3
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently propose 1 e
> silently propose 1 f
> silently propose 1 g size=500
> silently propose 1 h
> silently drop 1->3
> settle
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
  2->1 append_reply
    1 commits 2
    1->2 append term=1 prev=2/1 commit=2 [3/1 b, 4/1 c, 5/1 d, 6/1 e]
    1 applies [2/1 a]
    1 answers p1: success index=2
  1->2 append
    2 commits 2
    2 writes #4: [3/1 b, 4/1 c, 5/1 d, 6/1 e]
    2 applies [2/1 a]
    2->1 append_reply term=1 accepted=6
  2->1 append_reply
    1 commits 6
    1->2 append term=1 prev=6/1 commit=6 [7/1 f]
    1 applies [3/1 b, 4/1 c, 5/1 d, 6/1 e]
    1 answers p2: success index=3
    1 answers p3: success index=4
    1 answers p4: success index=5
    1 answers p5: success index=6
  1->2 append
    2 commits 6
    2 writes #5: [7/1 f]
    2 applies [3/1 b, 4/1 c, 5/1 d, 6/1 e]
    2->1 append_reply term=1 accepted=7
  2->1 append_reply
    1 commits 7
    1->2 append term=1 prev=7/1 commit=7 [8/1 g(500 B)]
    1 applies [7/1 f]
    1 answers p6: success index=7
  1->2 append
    2 commits 7
    2 writes #6: [8/1 g(500 B)]
    2 applies [7/1 f]
    2->1 append_reply term=1 accepted=8
  2->1 append_reply
    1 commits 8
    1->2 append term=1 prev=8/1 commit=8 [9/1 h]
    1 applies [8/1 g(500 B)]
    1 answers p7: success index=8
  1->2 append
    2 commits 8
    2 writes #7: [9/1 h]
    2 applies [8/1 g(500 B)]
    2->1 append_reply term=1 accepted=9
  2->1 append_reply
    1 commits 9
    1 applies [9/1 h]
    1 answers p8: success index=9
