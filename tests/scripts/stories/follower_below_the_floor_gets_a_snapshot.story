# A follower needs entries that the leader has compacted away. It gets what the leader's state machine holds, chunk by
# chunk; each leaves when the one before is stored. It tells that it is installed when the log's new boundary is durable, and
# the leader goes on with entries (Raft paper, section 7).

> silently nodes 1 2 3 snapshot_chunk=4
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
> log 1
  1 has 4/1 ef
> hold writes 3
> hold snapshots 3
> quietly advance 1 100
> deliver 1->3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=5
> silently deliver 3->1
> peers 1
  1 sees 2: replicate match=4 next=5 inflight=0
  1 sees 3: snapshot match=1 next=2 inflight=0
> deliver 1->3
  1->3 snapshot
    3 stores 0..4
> snapshot 3
  3->1 snapshot_reply term=1 session=1 wants=4
> deliver 3->1
  3->1 snapshot_reply
    1 exports for 3 from 4
    1->3 snapshot term=1 session=1 at=4/1 offset=4 data=d,ef last
> deliver 1->3
  1->3 snapshot
    3 stores 4..8 last
> snapshot 3
  3 imports 4/1: "ab,cd,ef"
  3 commits 4
  3 writes #3: whole_log=4/1
> written 3
  3->1 append_reply term=1 accepted=4
  3->1 snapshot_reply term=1 session=1 installed=4
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=5
  3->1 append_reply
  3->1 snapshot_reply
    1 ends the snapshot for 3
  2->1 heartbeat_reply
> peers 1
  1 sees 2: replicate match=4 next=5 inflight=0
  1 sees 3: replicate match=4 next=5 inflight=0
> silently release writes 3
> quietly run 200
> log 3
  3 has
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
