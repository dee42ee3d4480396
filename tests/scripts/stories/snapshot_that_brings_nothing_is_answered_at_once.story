# The peer has got further by itself, or a chunk comes again after it was installed: what the snapshot brings is known to be
# committed here. It is answered as installed, whatever chunk it is, and nothing is stored.

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
> silently run 400
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
> send 1->3 snapshot term=1 session=7 at=4/1 offset=8 data=zz
  1->3 snapshot
    3->1 snapshot_reply term=1 session=7 installed=4
> send 1->3 snapshot term=1 session=1 at=5/1 offset=0 data=ab,c
  1->3 snapshot
    3 stores 0..4
    3->1 snapshot_reply term=1 session=1 wants=4
> messages 3->1
  3->1 snapshot_reply term=1 session=7 installed=4
  3->1 snapshot_reply term=1 session=1 wants=4
> settle
  3->1 snapshot_reply
  3->1 snapshot_reply
> peers 1
  1 sees 2: replicate match=4 next=5 inflight=0
  1 sees 3: replicate match=4 next=5 inflight=0
