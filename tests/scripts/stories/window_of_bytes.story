# The bytes under way to one peer are limited too: nothing leaves while they are at the limit. So an entry larger than
# the limit still passes, and what waited behind it leaves together.
# Thesis, section 10.2.1 (pipelining), with a limit.

> silently nodes 1 2 3 inflight_bytes=300
> silently time_out 1
> silently run 200
> crash 3
> propose 1 a size=1000
  1 writes #3: [2/1 a(1000 B)]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a(1000 B)]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a(1000 B)]
> propose 1 b size=200
  1 writes #4: [3/1 b(200 B)]
> propose 1 c size=200
  1 writes #5: [4/1 c(200 B)]
> propose 1 d size=200
  1 writes #6: [5/1 d(200 B)]
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a(1000 B)]
    2->1 append_reply term=1 accepted=2
> deliver 2->1
  2->1 append_reply
    1 commits 2
    1->2 append term=1 prev=2/1 commit=2 [3/1 b(200 B), 4/1 c(200 B), 5/1 d(200 B)]
    1 applies [2/1 a(1000 B)]
    1 answers p1: success index=2
> deliver 1->2
  1->2 append
    2 commits 2
    2 writes #4: [3/1 b(200 B), 4/1 c(200 B), 5/1 d(200 B)]
    2 applies [2/1 a(1000 B)]
    2->1 append_reply term=1 accepted=5
> deliver 2->1
  2->1 append_reply
    1 commits 5
    1 applies [3/1 b(200 B), 4/1 c(200 B), 5/1 d(200 B)]
    1 answers p2: success index=3
    1 answers p3: success index=4
    1 answers p4: success index=5
> settle
  1->3 append is lost
