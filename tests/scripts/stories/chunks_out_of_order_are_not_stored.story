# A chunk from earlier in the session comes late, behind its successors: it is not stored, and the answer is where the session
# is. To the leader that answer is old, and changes nothing.

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
> silently delay snapshot_reply
> silently run 100
> messages 1->3
> messages 3->1
  3->1 snapshot_reply term=1 session=1 wants=4
> send 1->3 snapshot term=1 session=1 at=4/1 offset=8 data=zz
  1->3 snapshot
    3->1 snapshot_reply term=1 session=1 wants=4
> send 1->3 snapshot term=1 session=1 at=4/1 offset=0 data=ab,c
  1->3 snapshot
    3->1 snapshot_reply term=1 session=1 wants=4
> quietly heal
> quietly run 300
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
