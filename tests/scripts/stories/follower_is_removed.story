# The removed node no longer counts from the moment that the entry is in the log; it is told of it, and of the commit. From then on
# it gets nothing, and keeps quiet.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> change 1 1,2
  1 writes #3: [2/1 config{1+2}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+2}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+2}]
> peers 1
  1 sees 2: replicate match=1 next=3 inflight=1
  1 sees 3: replicate match=1 next=3 inflight=1
> settle
  1->2 append
    2 writes #3: [2/1 config{1+2}]
    2->1 append_reply term=1 accepted=2
  1->3 append
    3 writes #3: [2/1 config{1+2}]
    3->1 append_reply term=1 accepted=2
  2->1 append_reply
    1 commits 2
    1->3 heartbeat term=1 commit=1/1 round=3
    1 applies [2/1 config{1+2}]
    1 answers p1: success
  3->1 append_reply
    1->3 heartbeat term=1 commit=2/1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3 commits 2
    3->1 heartbeat_reply term=1 round=3
    3 applies [2/1 config{1+2}]
  3->1 heartbeat_reply
  3->1 heartbeat_reply
> members 3
  3 knows 1+2
> peers 1
  1 sees 2: replicate match=2 next=3 inflight=0
> time_out 3
  3 does not campaign
> propose 1 a
  1 writes #4: [3/1 a]
  1->2 append term=1 prev=2/1 commit=2 [3/1 a]
> quietly settle
    2 commits 2
    2 applies [2/1 config{1+2}]
    1 commits 3
    1 applies [3/1 a]
    1 answers p2: success index=3
> state all
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=3 applied=3
  2 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
