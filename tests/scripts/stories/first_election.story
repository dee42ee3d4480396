# Three nodes start with empty logs; the first whose timer fires becomes leader, commits its no-op and is ready.
# Raft paper, sections 5.2 and 8; thesis, section 9.6 (pre-vote).

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0

# The timer fires: node 1 asks whether it would be elected. No term changes yet.
> time_out 1
  1 is pre_candidate term=0
  1->2 pre_vote term=1 last=0/0
  1->3 pre_vote term=1 last=0/0
> deliver pre_vote
  1->2 pre_vote
    2->1 pre_vote_reply term=1 granted
  1->3 pre_vote
    3->1 pre_vote_reply term=1 granted

# With one consent and its own it has a majority; now it campaigns in term 1. The vote for itself is durable before it
# asks anybody.
> deliver 2->1
  2->1 pre_vote_reply
    1 is candidate term=1 vote=1
    1 writes #1: term=1 vote=1
    1->2 vote term=1 last=0/0
    1->3 vote term=1 last=0/0

# A second consent comes too late to matter.
> deliver 3->1
  3->1 pre_vote_reply
> deliver vote
  1->2 vote
    2 is follower term=1 vote=1
    2 writes #1: term=1 vote=1
    2->1 vote_reply term=1 granted
  1->3 vote
    3 is follower term=1 vote=1
    3 writes #1: term=1 vote=1
    3->1 vote_reply term=1 granted
> deliver 2->1 vote_reply
  2->1 vote_reply
    1 is leader term=1 vote=1
    1 writes #2: [1/1 noop]
    1->2 heartbeat term=1 commit=0/0 round=1
    1->3 heartbeat term=1 commit=0/0 round=1
    1->2 append term=1 prev=0/0 commit=0 [1/1 noop]
    1->3 append term=1 prev=0/0 commit=0 [1/1 noop]
> settle
  3->1 vote_reply
  1->2 heartbeat
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=1
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=1
  1->2 append
    2 writes #2: [1/1 noop]
    2->1 append_reply term=1 accepted=1
  1->3 append
    3 writes #2: [1/1 noop]
    3->1 append_reply term=1 accepted=1
  2->1 heartbeat_reply
    1->2 append term=1 prev=0/0 commit=0 [1/1 noop]
  3->1 heartbeat_reply
    1->3 append term=1 prev=0/0 commit=0 [1/1 noop]
  2->1 append_reply
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
  3->1 append_reply
  1->2 append
    2->1 append_reply term=1 accepted=1
  1->3 append
    3->1 append_reply term=1 accepted=1
  2->1 append_reply
  3->1 append_reply
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
