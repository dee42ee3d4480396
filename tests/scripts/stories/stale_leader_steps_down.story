# A leader that was cut off while the others elected a new one learns of the newer term from the first answer it gets,
# steps down, and gives up its uncommitted entry.
# Raft paper, section 5.1. A follower must answer with its own term, or the old leader never learns.

> silently nodes 1 2 3 check_quorum=off
> silently time_out 1
> silently run 200
> isolate 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> quietly advance 2 1s
> quietly advance 3 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
> propose 2 b
  2 writes #5: [3/2 b]
  2->3 append term=2 prev=2/2 commit=2 [3/2 b]
> quietly settle
    3 commits 2
    3 applies [2/2 noop]
    2 commits 3
    2 applies [3/2 b]
    2 answers p2: success index=3
> state all
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=2 applied=2
> heal
> advance 1 100
  1->2 heartbeat term=1 commit=1/1 round=4
  1->3 heartbeat term=1 commit=1/1 round=4
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=2 round=0
  1->3 heartbeat
    3->1 heartbeat_reply term=2 round=0
  2->1 heartbeat_reply
    1 is follower term=2
    1 writes #4: term=2 vote=0
    1 answers p1: replication_failed index=2
  3->1 heartbeat_reply
> quietly run 300
    3 commits 3
    3 applies [3/2 b]
    1 is follower term=2 leader=2
    1 commits 3
    1 applies [2/2 noop, 3/2 b]
> log all
  1 has 1/1 noop, 2/2 noop, 3/2 b
  2 has 1/1 noop, 2/2 noop, 3/2 b
  3 has 1/1 noop, 2/2 noop, 3/2 b
