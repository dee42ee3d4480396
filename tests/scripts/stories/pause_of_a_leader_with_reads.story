# A leader that was stopped for longer than an election takes steps down when it wakes up, and refuses its reads, even if
# answers to its last round wait in its mailbox.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> silently deliver 1->2
> jump 1 10s
  1 is follower term=1 vote=1
  1 answers p1: node_is_not_leader
> deliver 2->1
  2->1 heartbeat_reply
> state 1
  1 is follower term=1 vote=1 last=1/1 durable=1 commit=1 applied=1
