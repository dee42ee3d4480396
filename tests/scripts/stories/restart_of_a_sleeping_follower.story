# A follower that restarts knows no leader. Its question whether it would be elected wakes the leader; nothing else changes.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 3
> quietly run 5s
> silently restart 3
> time_out 3
  3 is pre_candidate term=1 vote=1
  3->1 pre_vote term=2 last=1/1
  3->2 pre_vote term=2 last=1/1
> settle
  3->1 pre_vote
    1 is leader term=1 vote=1 ready
    1->2 heartbeat term=1 commit=1/1 round=8
    1->3 heartbeat term=1 commit=1/1 round=8
  3->2 pre_vote
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=0
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=8
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3 commits 1
    3->1 heartbeat_reply term=1 round=8
    3 reads 1..1 for itself
    3 applies [1/1 noop]
  2->1 heartbeat_reply
  2->1 heartbeat_reply
  3->1 heartbeat_reply
> quietly run 2s
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
