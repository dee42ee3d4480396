# A follower whose disk is slow takes entries up to its bound and refuses the rest. Its leader sends it no more entries,
# but heartbeats, until a reply tells that there is room again; then it begins where the follower's disk is.

> silently nodes 1 2 3 wal_queue=2
> silently time_out 1
> silently run 200
> hold writes 2
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> settle
  1->2 append
    2 writes #3: [2/1 a]
  1->3 append
    3 writes #3: [2/1 a]
    3->1 append_reply term=1 accepted=2
  3->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=2 [3/1 b]
  1->3 append term=1 prev=2/1 commit=2 [3/1 b]
> settle
  1->2 append
    2 commits 2
    2 writes #4: [3/1 b]
    2 applies [2/1 a]
  1->3 append
    3 commits 2
    3 writes #4: [3/1 b]
    3 applies [2/1 a]
    3->1 append_reply term=1 accepted=3
  3->1 append_reply
    1 commits 3
    1 applies [3/1 b]
    1 answers p2: success index=3
> propose 1 c
  1 writes #5: [4/1 c]
  1->2 append term=1 prev=3/1 commit=3 [4/1 c]
  1->3 append term=1 prev=3/1 commit=3 [4/1 c]
> settle
  1->2 append
    2->1 append_reply term=1 rejected=3 conflict=0/0 last=3 saturated
  1->3 append
    3 commits 3
    3 writes #5: [4/1 c]
    3 applies [3/1 b]
    3->1 append_reply term=1 accepted=4
  2->1 append_reply
  3->1 append_reply
    1 commits 4
    1 applies [4/1 c]
    1 answers p3: success index=4
> propose 1 d
  1 writes #6: [5/1 d]
  1->3 append term=1 prev=4/1 commit=4 [5/1 d]
> settle
  1->3 append
    3 commits 4
    3 writes #6: [5/1 d]
    3 applies [4/1 c]
    3->1 append_reply term=1 accepted=5
  3->1 append_reply
    1 commits 5
    1 applies [5/1 d]
    1 answers p4: success index=5
> peers 1
  1 sees 2: probe match=1 next=2 inflight=0 paused
  1 sees 3: replicate match=5 next=6 inflight=0

# Heartbeats go on, and the follower stays one.
> run 150
  1->3 heartbeat term=1 commit=5/1 round=3
  1->3 heartbeat
    3 commits 5
    3->1 heartbeat_reply term=1 round=3
    3 applies [5/1 d]
  3->1 heartbeat_reply
  1->2 heartbeat term=1 commit=1/1 round=4
  1->3 heartbeat term=1 commit=5/1 round=4
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4 saturated
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=4
  2->1 heartbeat_reply
  3->1 heartbeat_reply
> quietly run 3s
> peers 1
  1 sees 2: probe match=1 next=2 inflight=0 paused
  1 sees 3: replicate match=5 next=6 inflight=0

# One write of two is done: less than half of the bound must be under way. Then all is, and entries come again.
> written 2
  2->1 append_reply term=1 accepted=2
> run 100
  2->1 append_reply
  1->2 heartbeat term=1 commit=2/1 round=35
  1->3 heartbeat term=1 commit=5/1 round=35
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=35 saturated
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=35
  2->1 heartbeat_reply
  3->1 heartbeat_reply
> silently release writes 2
> quietly run 300
    2 commits 3
    2 applies [3/1 b]
    2 commits 5
    2 applies [4/1 c, 5/1 d]
> peers 1
  1 sees 2: replicate match=5 next=6 inflight=0
  1 sees 3: replicate match=5 next=6 inflight=0
> log all
  1 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d
  2 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d
  3 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d
