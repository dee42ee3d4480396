# The follower dies between the import and the write of the log's new boundary. Its state machine is ahead of its log then. The
# next snapshot is not imported again: only its boundary is taken over, from a first chunk, whose digest tells that the
# boundary is as it was sent. What a later chunk says nobody can check who has not got those before it.

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
> hold writes 3
> quietly run 300
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=0 commit=4 applied=4
> crash 3
> restart 3
  3 is follower term=1 vote=1
> state 3
  3 is follower term=1 vote=1 last=1/1 durable=1 commit=0 applied=4
> advance 1 100
  1->2 heartbeat term=1 commit=4/1 round=8
  1->3 heartbeat term=1 commit=0/0 round=8
> deliver 1->3
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=8
> deliver 3->1
  3->1 heartbeat_reply
    1->3 snapshot term=1 session=1 at=4/1 offset=4 data=d,ef last
> deliver 1->3 snapshot
  1->3 snapshot
    3->1 snapshot_reply term=1 session=1 wants=0
> deliver 3->1
  3->1 snapshot_reply
    1 ends the snapshot for 3
> advance 1 100
  1->2 heartbeat term=1 commit=4/1 round=9
  1->3 heartbeat term=1 commit=0/0 round=9
> deliver 1->3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=9
> deliver 3->1
  3->1 heartbeat_reply
    1 exports for 3 from 0
    1->3 snapshot term=1 session=2 at=4/1 offset=0 data=ab,c
> deliver 1->3 snapshot
  1->3 snapshot
    3 commits 4
    3 writes #1: whole_log=4/1
    3->1 append_reply term=1 accepted=4
    3->1 snapshot_reply term=1 session=2 installed=4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
> quietly run 300
> propose 1 gh
  1 writes #6: [5/1 gh]
  1->2 append term=1 prev=4/1 commit=4 [5/1 gh]
  1->3 append term=1 prev=4/1 commit=4 [5/1 gh]
> quietly run 200
    1 commits 5
    1 applies [5/1 gh]
    1 answers p4: success index=5
    2 commits 5
    2 applies [5/1 gh]
    3 commits 5
    3 applies [5/1 gh]
