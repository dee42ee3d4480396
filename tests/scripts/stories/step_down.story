# A leader gives up on request; what was waiting is unknown, and the group elects again. A follower has nothing to give
# up.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently propose 1 a
> step_down 1
  1 is follower term=1 vote=1
  1 answers p1: replication_failed index=2
  1 answers p2: success
> step_down 2
  2 answers p3: node_is_not_leader
> state 1
  1 is follower term=1 vote=1 last=2/1 durable=2 commit=1 applied=1
