# A node whose state machine is ahead of its log, after a crash between an import and the write of the boundary, has acknowledged
# nothing of what it imported: it votes for the log that it has. Entries bring it up as well as a snapshot, and nothing is
# applied twice.

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
> send 2->3 vote term=2 last=1/1
  2->3 vote
    3 is follower term=2 vote=2
    3 writes #1: term=2 vote=2
    3->2 vote_reply term=2 granted
> silently crash 3
> silently restart 3
> silently run 300
> silently propose 1 gh
> quietly run 1500
  2 is pre_candidate term=2
    2 is candidate term=3 vote=2
    1 is follower term=3 vote=2
    3 is follower term=3 vote=2
    2 is leader term=3 vote=2
    1 is follower term=3 vote=2 leader=2
    3 is follower term=3 vote=2 leader=2
    2 commits 5
    2 applies [5/3 noop]
    2 is leader term=3 vote=2 ready
    3 commits 5
    3 applies [5/3 noop]
    1 commits 5
    1 applies [5/3 noop]
> log 3
  3 has 1/1 noop, 2/1 ab, 3/1 cd, 4/1 ef, 5/3 noop
> state 3
  3 is follower term=3 vote=2 leader=2 last=5/3 durable=5 commit=5 applied=5
