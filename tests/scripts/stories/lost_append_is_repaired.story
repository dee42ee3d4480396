# An append is lost between two others. The follower refuses what does not fit its log, and the leader goes back to
# probing and repeats from there. The follower never has a hole.
# Raft paper, section 5.3.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=1 [3/1 b]
  1->3 append term=1 prev=2/1 commit=1 [3/1 b]
> drop 1->2 append 1
  1->2 append is lost
> deliver 1->2
  1->2 append
    2->1 append_reply term=1 rejected=2 conflict=1/1 last=1
> deliver 2->1
  2->1 append_reply
    1->2 append term=1 prev=1/1 commit=1 [2/1 a, 3/1 b]
> peers 1
  1 sees 2: probe match=1 next=2 inflight=0
  1 sees 3: replicate match=1 next=4 inflight=2
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a, 3/1 b]
    2->1 append_reply term=1 accepted=3
> deliver 2->1
  2->1 append_reply
    1 commits 3
    1 applies [2/1 a, 3/1 b]
    1 answers p1: success index=2
    1 answers p2: success index=3
> log 2
  2 has 1/1 noop, 2/1 a, 3/1 b
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: replicate match=1 next=4 inflight=2
