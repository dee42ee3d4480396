# The entries of waiting callers are cut by the next leader. They get "unknown" when their leader steps down: at that
# moment nobody can tell.

> silently nodes 1 2 3 check_quorum=off
> silently time_out 1
> silently run 200
> isolate 1
> silently propose 1 a b
> silently propose 1 c
> silently advance 2 1s
> silently advance 3 1s
> silently time_out 2
> silently settle
> heal
> advance 2 100
  2->3 heartbeat term=2 commit=2/2 round=1
  2->1 heartbeat term=2 commit=0/0 round=2
  2->3 heartbeat term=2 commit=2/2 round=2
> settle
  2->3 heartbeat
    3 commits 2
    3->2 heartbeat_reply term=2 round=1
    3 applies [2/2 noop]
  2->1 heartbeat
    1 is follower term=2 leader=2
    1 writes #5: term=2 vote=0
    1 answers p2: replication_failed index=4
    1 answers p1: replication_failed index=3
    1->2 heartbeat_reply term=2 round=2
    1->2 append_reply term=2 accepted=1
  2->3 heartbeat
    3->2 heartbeat_reply term=2 round=2
  3->2 heartbeat_reply
  1->2 heartbeat_reply
    2->1 append term=2 prev=1/1 commit=2 [2/2 noop]
  1->2 append_reply
  3->2 heartbeat_reply
  2->1 append
    1 commits 2
    1 writes #6: cut=2 [2/2 noop]
    1 applies [2/2 noop]
    1->2 append_reply term=2 accepted=2
  1->2 append_reply
> log 1
  1 has 1/1 noop, 2/2 noop
