# The successor was told to take over, but its own disk is stalled, too. When the leader's disk keeps up again it waits
# for the successor a while longer, and then leads on: it must not refuse proposals for ever.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> disk 2 stalled
> disk 3 stalled
> disk 1 stalled
  1->2 timeout_now term=1
> silently settle
> propose 1 refused
  1 answers p1: node_is_not_leader
> disk 1 well
> propose 1 too_early
  1 answers p2: node_is_not_leader
> silently run 5000
> quietly propose 1 a
> quietly run 500
    1 commits 2
    1 applies [2/1 a]
    1 answers p3: success index=2
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
