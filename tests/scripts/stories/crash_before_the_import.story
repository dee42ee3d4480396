# The follower dies before it has imported. What it had received is gone; asked to go on in the middle it wants the beginning,
# and the leader begins a new session.

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
> messages 1->3
> crash 3
> restart 3
  3 is follower term=1 vote=1
> silently release snapshots 3
> quietly run 300
    3 is follower term=1 vote=1 leader=1
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
> state 3
  3 is follower term=1 vote=1 leader=1 last=4/1 durable=4 commit=4 applied=4
