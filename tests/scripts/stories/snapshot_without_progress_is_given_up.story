# Nothing moves for a step time-out: the leader ends its session, the follower drops what it has. The next answer to a heartbeat
# opens a new session.

> silently nodes 1 2 3 snapshot_chunk=4 snapshot_timeout=500
> silently time_out 1
> silently settle
> silently isolate 3
> silently propose 1 ab
> silently propose 1 cd
> silently propose 1 ef
> silently settle
> silently run 200
> compact 1 3
  1 compacts up to 3/1
> silently heal
> silently run 100
> silently delay snapshot_reply
> silently run 100
> peers 1
  1 sees 2: replicate match=4 next=5 inflight=0
  1 sees 3: snapshot match=1 next=2 inflight=0
> silently lose snapshot
> advance 1 600
  1->2 heartbeat term=1 commit=4/1 round=6
  1->3 heartbeat term=1 commit=0/0 round=6
  1->2 heartbeat term=1 commit=4/1 round=7
  1->3 heartbeat term=1 commit=0/0 round=7
  1->2 heartbeat term=1 commit=4/1 round=8
  1->3 heartbeat term=1 commit=0/0 round=8
  1->2 heartbeat term=1 commit=4/1 round=9
  1->3 heartbeat term=1 commit=0/0 round=9
  1->2 heartbeat term=1 commit=4/1 round=10
  1->3 heartbeat term=1 commit=0/0 round=10
  1 ends the snapshot for 3
  1->2 heartbeat term=1 commit=4/1 round=11
  1->3 heartbeat term=1 commit=0/0 round=11
> silently drop 1->3
> silently drop 1->2
> advance 3 600
  3 drops what it received
> silently heal
> quietly run 400
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
