# A state machine without anything to export: the peer waits, visibly, and is asked for again once a step time-out, not with
# every heartbeat. The same if the receiver cannot import.

> silently nodes 1 2 3 snapshot_chunk=4 snapshot_timeout=500
> silently time_out 1
> silently settle
> silently isolate 3
> silently propose 1 ab
> silently settle
> silently run 200
> compact 1 2
  1 compacts up to 2/1
> silently heal
> silently run 100
> exports 1 off
> silently advance 1 100
> silently deliver 1->3
> deliver 3->1
  3->1 heartbeat_reply
    1 exports for 3 from 0
    1 ends the snapshot for 3
> peers 1
  1 sees 2: replicate match=2 next=3 inflight=0
  1 sees 3: snapshot match=1 next=2 inflight=0
> silently advance 1 100
> silently deliver 1->3
> deliver 3->1
  3->1 heartbeat_reply
> exports 1 on
> imports 3 off
> silently run 500
> silently advance 1 100
> silently deliver 1->3
> deliver 3->1
  3->1 heartbeat_reply
> imports 3 on
> quietly run 300
    3 imports 2/1: "ab"
    3 commits 2
> quietly run 500
> state 3
  3 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
