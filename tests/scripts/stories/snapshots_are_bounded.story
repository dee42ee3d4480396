# Two peers need a snapshot and one may be sent at a time: the second begins when the first has ended. A snapshot that is too
# large for its receiver is refused.

> silently nodes 1 2 3 4 5 snapshot_chunk=4 snapshot_sessions=1 snapshot_bytes=6 snapshot_timeout=300
> silently time_out 1
> silently settle
> silently isolate 4
> silently isolate 5
> silently propose 1 ab
> silently propose 1 cd
> silently settle
> silently run 200
> compact 1 2
  1 compacts up to 2/1
> silently heal
> quietly run 200
    4 imports 3/1: "ab,cd"
    4 commits 3
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: replicate match=3 next=4 inflight=0
  1 sees 4: replicate match=3 next=4 inflight=0
  1 sees 5: snapshot match=1 next=2 inflight=0
> quietly run 500
    5 imports 3/1: "ab,cd"
    5 commits 3
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: replicate match=3 next=4 inflight=0
  1 sees 4: replicate match=3 next=4 inflight=0
  1 sees 5: replicate match=3 next=4 inflight=0
> silently propose 1 e
> quietly run 1000
    1 commits 4
    1 applies [4/1 e]
    1 answers p3: success index=4
    2 commits 4
    2 applies [4/1 e]
    3 commits 4
    3 applies [4/1 e]
    4 commits 4
    4 applies [4/1 e]
    5 commits 4
    5 applies [4/1 e]
> peers 1
  1 sees 2: replicate match=4 next=5 inflight=0
  1 sees 3: replicate match=4 next=5 inflight=0
  1 sees 4: replicate match=4 next=5 inflight=0
  1 sees 5: replicate match=4 next=5 inflight=0
