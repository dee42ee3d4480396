# Appends arrive twice and in the wrong order. Nothing is written twice, nothing is cut, and the log is complete in the
# end.
# Raft paper, section 5.3: appends are idempotent.

> silently nodes 1 2 3
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
  1->2 append term=1 prev=3/1 commit=1 [4/1 c]
  1->3 append term=1 prev=3/1 commit=1 [4/1 c]
> duplicate 1->2 append
> deliver reversed 1->2
  1->2 append
    2->1 append_reply term=1 rejected=3 conflict=1/1 last=1
  1->2 append
    2->1 append_reply term=1 rejected=2 conflict=1/1 last=1
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
  1->2 append
    2->1 append_reply term=1 rejected=3 conflict=1/1 last=2
  1->2 append
    2 writes #4: [3/1 b]
    2->1 append_reply term=1 accepted=3
  1->2 append
    2->1 append_reply term=1 accepted=3
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    1 commits 3
    1 applies [3/1 b]
    1 answers p2: success index=3
    2 commits 2
    2 applies [2/1 a]
    1 commits 4
    1 applies [4/1 c]
    1 answers p3: success index=4
> log 2
  2 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c
> state 1
  1 is leader term=1 vote=1 ready last=4/1 durable=4 commit=4 applied=4
