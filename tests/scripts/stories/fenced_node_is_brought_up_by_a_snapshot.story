# A disk comes back empty, and the log that would fill it is compacted away. A snapshot brings the fenced node up to what its
# leader had when it was asked: then it votes again.

> silently nodes 1 2 3 snapshot_chunk=4
> silently time_out 1
> silently settle
> silently propose 1 ab
> silently propose 1 cd
> silently run 200
> compact 1 3
  1 compacts up to 3/1
> silently crash 3
> silently wipe 3
> restart 3
  3 is follower term=0 fenced
  3 writes #1: term=0 vote=0 lost=unknown
> quietly run 1000
    3 is follower term=1 vote=3 fenced
    3 is follower term=1 vote=3 leader=1 fenced
    3 imports 3/1: "ab,cd"
    3 commits 3
    3 is follower term=1 vote=3 leader=1
> state 3
  3 is follower term=1 vote=3 leader=1 last=3/1 durable=3 commit=3 applied=3
