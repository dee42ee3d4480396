# Leadership is not handed to a peer that is being sent a snapshot: the transfer waits until it is caught up.

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
> silently delay snapshot_reply
> silently run 200
> quietly transfer 1 3
> quietly run 100
> silently heal
> quietly run 400
    3 imports 4/1: "ab,cd,ef"
    3 commits 4
    3 is candidate term=2 vote=3
    1 is follower term=2 vote=3
    2 is follower term=2 vote=3
    3 is leader term=2 vote=3
    1 is follower term=2 vote=3 leader=3
    1 answers p4: success
    2 is follower term=2 vote=3 leader=3
    3 commits 5
    3 applies [5/2 noop]
    3 is leader term=2 vote=3 ready
    1 commits 5
    1 applies [5/2 noop]
    2 commits 5
    2 applies [5/2 noop]
