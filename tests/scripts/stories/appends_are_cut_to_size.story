# Entries that wait for a peer leave in appends of limited size; an entry that is larger travels alone.

> silently nodes 1 2 3 append_bytes=200
> silently time_out 1
> silently run 200
> crash 3
> propose 1 a b c d e
  1 writes #3: [2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/1 e]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b, 4/1 c, 5/1 d]
  1->2 append term=1 prev=5/1 commit=1 [6/1 e]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b, 4/1 c, 5/1 d]
  1->3 append term=1 prev=5/1 commit=1 [6/1 e]
> propose 1 f size=500
  1 writes #4: [7/1 f(500 B)]
  1->2 append term=1 prev=6/1 commit=1 [7/1 f(500 B)]
  1->3 append term=1 prev=6/1 commit=1 [7/1 f(500 B)]
> quietly settle
    1 commits 5
    1 applies [2/1 a, 3/1 b, 4/1 c, 5/1 d]
    1 commits 6
    1 applies [6/1 e]
    1 answers p1: success index=6
    1 commits 7
    1 applies [7/1 f(500 B)]
    1 answers p2: success index=7
> state 1
  1 is leader term=1 vote=1 ready last=7/1 durable=7 commit=7 applied=7
