# The bound counts bytes, too. What the follower has already is acknowledged as ever, however much is under way.

> silently nodes 1 2 3 wal_queue_bytes=300
> silently time_out 1
> silently run 200
> hold writes 2
> propose 1 a size=200
  1 writes #3: [2/1 a(200 B)]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a(200 B)]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a(200 B)]
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a(200 B)]
> propose 1 b size=200
  1 writes #4: [3/1 b(200 B)]
  1->2 append term=1 prev=2/1 commit=1 [3/1 b(200 B)]
  1->3 append term=1 prev=2/1 commit=1 [3/1 b(200 B)]
> duplicate 1->2
> deliver 1->2 append 1
  1->2 append
    2 writes #4: [3/1 b(200 B)]
> propose 1 c
  1 writes #5: [4/1 c]
  1->2 append term=1 prev=3/1 commit=1 [4/1 c]
  1->3 append term=1 prev=3/1 commit=1 [4/1 c]
> deliver 1->2
  1->2 append
  1->2 append
    2->1 append_reply term=1 rejected=3 conflict=0/0 last=3 saturated
> release writes 2
  2->1 append_reply term=1 accepted=2
  2->1 append_reply term=1 accepted=3
