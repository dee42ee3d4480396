# A leader that was replaced sends a snapshot. It is refused before anything of it is stored, and the answer's term deposes it.

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
> silently advance 1 100
> silently deliver 1->3
> silently hold snapshots 1
> deliver 3->1
  3->1 heartbeat_reply
    1 exports for 3 from 0
> silently send 1->2 timeout_now term=1
> silently isolate 1
> silently settle
> silently heal
> snapshot 1
  1->3 snapshot term=1 session=1 at=4/1 offset=0 data=ab,c
> deliver 1->3 snapshot
  1->3 snapshot
    3->1 snapshot_reply term=2 session=1 refused
> settle
  3->1 snapshot_reply
    1 is follower term=2
    1 writes #6: term=2 vote=0
    1 ends the snapshot for 3
