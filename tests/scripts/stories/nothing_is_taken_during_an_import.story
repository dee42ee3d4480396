# From the last chunk on, the import may happen at any time. Until it is known how it ended, the follower applies nothing,
# takes no entries and does not campaign; it answers heartbeats and votes.

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
> silently hold snapshots 3
> silently run 100
> silently snapshot 3
> silently settle
> messages
> send 1->3 append term=1 prev=1/1 commit=4 [2/1 ab]
  1->3 append
> send 1->3 heartbeat term=1 commit=1/1 round=99
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=99
> silently isolate 3
> quietly advance 3 3s
> state 3
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
> snapshot 3
  3 imports 4/1: "ab,cd,ef"
  3 commits 4
  3 writes #3: whole_log=4/1
  3->1 append_reply term=1 accepted=4
  3->1 snapshot_reply term=1 session=1 installed=4
> silently heal
> quietly run 300
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
