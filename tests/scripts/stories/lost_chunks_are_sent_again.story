# Chunks and answers are lost and come twice. The leader sends its chunk again when the peer answers a heartbeat; a chunk that
# was stored is answered with what is wanted next, and stored once.

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
> silently hold snapshots 3
> silently run 100
> silently advance 1 100
> silently deliver 1->3
> silently deliver 3->1
> messages
  1->2 heartbeat term=1 commit=4/1 round=5
  1->3 snapshot term=1 session=1 at=4/1 offset=0 data=ab,c
> drop 1->3 snapshot
  1->3 snapshot is lost
> quietly advance 1 100
> silently deliver 1->3 heartbeat
> deliver 3->1
  3->1 heartbeat_reply
    1->3 snapshot term=1 session=1 at=4/1 offset=0 data=ab,c
> duplicate 1->3 snapshot
> deliver 1->3 snapshot
  1->3 snapshot
    3 stores 0..4
  1->3 snapshot
> snapshot 3
  3->1 snapshot_reply term=1 session=1 wants=4
> drop 3->1
  3->1 snapshot_reply is lost
> silently advance 1 100
> silently deliver 1->3 heartbeat
> deliver 3->1
  3->1 heartbeat_reply
    1->3 snapshot term=1 session=1 at=4/1 offset=0 data=ab,c
> deliver 1->3 snapshot
  1->3 snapshot
    3->1 snapshot_reply term=1 session=1 wants=4
> duplicate 3->1
> deliver 3->1
  3->1 snapshot_reply
    1 exports for 3 from 4
    1->3 snapshot term=1 session=1 at=4/1 offset=4 data=d,ef last
  3->1 snapshot_reply
> silently release snapshots 3
> quietly run 300
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
