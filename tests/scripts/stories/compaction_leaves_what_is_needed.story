# The log is compacted up to what may be spared and no further: not what is not applied, not within a proposal, and, while a
# snapshot is on its way, not what its peer needs next.

> silently nodes 1 2 3 snapshot_chunk=4
> silently time_out 1
> silently settle
> silently isolate 3
> silently propose 1 ab cd ef
> silently settle
> silently run 200
> log 1
  1 has 1/1 noop, 2/1 ab, 3/1 cd, 4/1 ef
> compact 1 3
  1 compacts up to 1/1
> silently hold applies 1
> silently propose 1 gh
> silently settle
> compact 1 9
  1 compacts up to 4/1
> silently release applies 1
> silently heal
> silently delay snapshot_reply
> silently run 200
> propose 1 ij
  1 writes #5: [6/1 ij]
  1->2 append term=1 prev=5/1 commit=5 [6/1 ij]
> settle
  1->2 append
    2 writes #5: [6/1 ij]
    2->1 append_reply term=1 accepted=6
  2->1 append_reply
    1 commits 6
    1 applies [6/1 ij]
    1 answers p3: success index=6
> compact 1 6
  1 compacts up to 5/1
> log 1
  1 has 6/1 ij
> silently heal
> quietly run 300
    3 imports 5/1: "ab,cd,ef,gh"
    3 commits 5
    3 commits 6
    3 applies [6/1 ij]
    2 commits 6
    2 applies [6/1 ij]
> compact 1 6
  1 compacts up to 6/1
> log 1
  1 has
