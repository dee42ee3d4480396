# All entries of one proposal are written together and sent in one append, however large: no log ever holds a part of it.
# Many payloads are one atomic proposal.

> silently nodes 1 2 3 append_bytes=120
> silently time_out 1
> silently run 200
> crash 3
> propose 1 a b c d
  1 writes #3: [2/1 a, 3/1 b, 4/1 c, 5/1 d]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b, 4/1 c, 5/1 d]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b, 4/1 c, 5/1 d]
> propose 1 e
  1 writes #4: [6/1 e]
  1->2 append term=1 prev=5/1 commit=1 [6/1 e]
  1->3 append term=1 prev=5/1 commit=1 [6/1 e]
> settle
  1->2 append
    2 writes #3: [2/1 a, 3/1 b, 4/1 c, 5/1 d]
    2->1 append_reply term=1 accepted=5
  1->3 append is lost
  1->2 append
    2 writes #4: [6/1 e]
    2->1 append_reply term=1 accepted=6
  1->3 append is lost
  2->1 append_reply
    1 commits 5
    1 applies [2/1 a, 3/1 b, 4/1 c, 5/1 d]
    1 answers p1: success index=5
  2->1 append_reply
    1 commits 6
    1 applies [6/1 e]
    1 answers p2: success index=6
