# Nobody can take over yet when the disk keeps up again: the leader goes on as if nothing had happened.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently lose 1->2 append
> silently lose 1->3 append
> silently propose 1 a
> silently settle
> disk 1 stalled
> propose 1 refused
  1 answers p2: node_is_not_leader
> disk 1 well
> silently heal
> quietly propose 1 b
> quietly run 500
    1 commits 3
    1 applies [2/1 a, 3/1 b]
    1 answers p1: success index=2
    1 answers p3: success index=3
    2 commits 3
    2 applies [2/1 a, 3/1 b]
    3 commits 3
    3 applies [2/1 a, 3/1 b]
> state 1
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=3 applied=3
