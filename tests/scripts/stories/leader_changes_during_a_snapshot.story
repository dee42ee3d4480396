# The leader changes in the middle of a snapshot. Both sides drop the session; the new leader, which has compacted its log
# too, begins with one of its own.

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
> compact 2 3
  2 compacts up to 3/1
> silently delay snapshot_reply
> quietly run 200
> messages 3->1
  3->1 snapshot_reply term=1 session=1 wants=4
> transfer 1 2
  1->2 timeout_now term=1
> settle
  1->2 timeout_now
    2 is candidate term=2 vote=2
    2 writes #6: term=2 vote=2
    2->1 vote term=2 last=4/1 transfer
    2->3 vote term=2 last=4/1 transfer
  2->1 vote
    1 is follower term=2 vote=2
    1 writes #6: term=2 vote=2
    1 ends the snapshot for 3
    1->2 vote_reply term=2 granted
  2->3 vote
    3 is follower term=2 vote=2
    3 writes #3: term=2 vote=2
    3 drops what it received
    3->2 vote_reply term=2 granted
  1->2 vote_reply
    2 is leader term=2 vote=2
    2 writes #7: [5/2 noop]
    2->1 heartbeat term=2 commit=0/0 round=1
    2->3 heartbeat term=2 commit=0/0 round=1
    2->1 append term=2 prev=4/1 commit=4 [5/2 noop]
    2->3 append term=2 prev=4/1 commit=4 [5/2 noop]
  3->2 vote_reply
  2->1 heartbeat
    1 is follower term=2 vote=2 leader=2
    1->2 heartbeat_reply term=2 round=1
    1 answers p4: success
  2->3 heartbeat
    3 is follower term=2 vote=2 leader=2
    3->2 heartbeat_reply term=2 round=1
  2->1 append
    1 writes #7: [5/2 noop]
    1->2 append_reply term=2 accepted=4
    1->2 append_reply term=2 accepted=5
  2->3 append
    3->2 append_reply term=2 rejected=4 conflict=1/1 last=1
  1->2 heartbeat_reply
    2->1 append term=2 prev=4/1 commit=4 [5/2 noop]
  3->2 heartbeat_reply
    2->3 append term=2 prev=4/1 commit=4 [5/2 noop]
  1->2 append_reply
  1->2 append_reply
    2 commits 5
    2 applies [5/2 noop]
    2 is leader term=2 vote=2 ready
  3->2 append_reply
  2->1 append
    1->2 append_reply term=2 accepted=5
  2->3 append
    3->2 append_reply term=2 rejected=4 conflict=1/1 last=1
  1->2 append_reply
  3->2 append_reply
> silently heal
> quietly run 400
    1 commits 5
    1 applies [5/2 noop]
    3 imports 5/2: "ab,cd,ef"
    3 commits 5
> state 3
  3 is follower term=2 vote=2 leader=2 last=5/2 durable=5 commit=5 applied=5
