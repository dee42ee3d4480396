# A leader's process is stopped for a minute. The others have had time to elect another one, so it steps down before it
# does anything else, and its callers get "unknown".

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> quietly drop
> jump 1 60s
  1 is follower term=1 vote=1
  1 answers p1: replication_failed index=2
> propose 1 b
  1 answers p2: node_is_not_leader
> state 1
  1 is follower term=1 vote=1 last=2/1 durable=2 commit=1 applied=1
