# The last append is lost and nothing follows it. The answer to the next heartbeat lets the leader find out.
# A gap after the last write must close while the group is idle.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> drop 1->2 append
  1->2 append is lost
> quietly deliver 1->3
> quietly deliver 3->1
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> advance 1 100
  1->3 heartbeat term=1 commit=2/1 round=3
  1->2 heartbeat term=1 commit=1/1 round=4
  1->3 heartbeat term=1 commit=2/1 round=4
> lose 1->3
> settle
  1->3 heartbeat is lost
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4
  1->3 heartbeat is lost
  2->1 heartbeat_reply
    1->2 append term=1 prev=2/1 commit=2 []
  1->2 append
    2->1 append_reply term=1 rejected=2 conflict=1/1 last=1
  2->1 append_reply
    1->2 append term=1 prev=1/1 commit=2 [2/1 a]
  1->2 append
    2 commits 2
    2 writes #3: [2/1 a]
    2 applies [2/1 a]
    2->1 append_reply term=1 accepted=2
  2->1 append_reply
> log 2
  2 has 1/1 noop, 2/1 a
