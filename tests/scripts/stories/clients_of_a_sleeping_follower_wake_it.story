# A client that asks a sleeping follower for what only a leader can do has not found the leader. The follower wakes: if the
# leader is dead, its timer ends.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 1
> propose 2 a
  2 is follower term=1 vote=1 leader=1
  2->1 heartbeat_reply term=1 round=0
  2 answers p1: node_is_not_leader
> quietly run 4s
  2 is pre_candidate term=1 vote=1
    3 is follower term=1 vote=1 leader=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 2
    3 applies [2/2 noop]
> state all
  1 is down
  2 is leader term=2 vote=2 ready last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 last=2/2 durable=2 commit=2 applied=2
