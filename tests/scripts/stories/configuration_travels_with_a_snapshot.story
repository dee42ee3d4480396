# The entry that made node 3 a member is compacted away. Its configuration travels with the snapshot, and holds on node 3 as
# soon as the boundary does, after a restart too.

> silently nodes 1 2 voters=1,2 snapshot_chunk=4
> silently time_out 1
> silently settle
> silently propose 1 ab
> silently settle
> silently change 1 1,2 3
> silently run 200
> compact 1 3
  1 compacts up to 3/1
> nodes 3 voters=-
  3 is follower term=0
> quietly run 400
    3 is follower term=1 leader=1
    3 imports 3/1: "ab"
    3 commits 3
> members 3
  3 knows 1+2 learners 3
> silently crash 3
> restart 3 3
  3 is follower term=1
> members 3
  3 knows 1+2 learners 3
> quietly change 1 1,2,3
> quietly run 300
    3 is follower term=1 leader=1
    1 commits 4
    1 applies [4/1 config{1+2+3}]
    1 answers p3: success
    2 commits 4
    2 applies [4/1 config{1+2+3}]
    3 commits 4
    3 applies [4/1 config{1+2+3}]
> members 3
  3 knows 1+2+3
