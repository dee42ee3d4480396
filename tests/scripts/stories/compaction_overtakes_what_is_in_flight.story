# Appends to a peer are lost, its window is full, and what it needs is compacted away meanwhile. The next sign of life shows that
# no entry can follow any more: it gets a snapshot.

> silently nodes 1 2 3 inflight=1
> silently time_out 1
> silently settle
> silently lose 1->3 append
> silently propose 1 ab
> silently propose 1 cd
> silently settle
> silently heal
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: replicate match=1 next=3 inflight=1
> compact 1 3
  1 compacts up to 3/1
> silently advance 1 100
> silently deliver 1->3 heartbeat
> deliver 3->1 heartbeat_reply
  3->1 heartbeat_reply
> peers 1
  1 sees 2: replicate match=3 next=4 inflight=0
  1 sees 3: snapshot match=1 next=2 inflight=0
> quietly run 300
    2 commits 3
    2 applies [3/1 cd]
    3 imports 3/1: "ab,cd"
    3 commits 3
