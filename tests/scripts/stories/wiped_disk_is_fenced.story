# A node whose disk was wiped takes part in nothing until every other voter has told its term, gives no vote in the highest
# of them, and votes again only when its log holds everything that the leader had. See raft_core_fence.cpp.
> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently propose 1 a b c
> silently settle
> silently run 200
> silently crash 3
> silently wipe 3
> restart 3
  3 is follower term=0 fenced
  3 writes #1: term=0 vote=0 lost=unknown
# Neither time nor the leader's messages move it,
> advance 3 50
  3->1 fence_request term=0 last=0
  3->2 fence_request term=0 last=0
> send 1->3 heartbeat term=1 commit=4/1 round=99
  1->3 heartbeat
> send 1->3 vote term=9 last=99/9
  1->3 vote
# and it asks the others.
> advance 3 100
  3->1 fence_request term=0 last=0
  3->2 fence_request term=0 last=0
> deliver 3->1
  3->1 fence_request
    1->3 fence_reply term=1 last=4 leads counted=4
    1->3 append term=1 prev=0/0 commit=4 [1/1 noop, 2/1 a, 3/1 b, 4/1 c]
  3->1 fence_request
    1->3 fence_reply term=1 last=4 leads counted=0
> deliver 1->3
  1->3 fence_reply
  1->3 append
  1->3 fence_reply
> state 3
  3 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> deliver 3->2
  3->2 fence_request
    2->3 fence_reply term=1 last=4
  3->2 fence_request
    2->3 fence_reply term=1 last=4
> deliver 2->3
  2->3 fence_reply
    3 is follower term=1 vote=3 fenced
    3 writes #2: term=1 vote=3 lost=unknown
  2->3 fence_reply
# Now it follows, and takes entries,
> advance 3 100
> advance 1 100
  1->2 heartbeat term=1 commit=4/1 round=4
  1->3 heartbeat term=1 commit=0/0 round=4
> deliver 1->3
  1->3 heartbeat
    3 is follower term=1 vote=3 leader=1 fenced
    3->1 heartbeat_reply term=1 round=4 fenced
> state 3
  3 is follower term=1 vote=3 leader=1 fenced last=0/0 durable=0 commit=0 applied=0
> settle
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4
  3->1 heartbeat_reply
    1->3 append term=1 prev=0/0 commit=4 [1/1 noop, 2/1 a, 3/1 b, 4/1 c]
  2->1 heartbeat_reply
  1->3 append
    3 commits 4
    3 writes #3: [1/1 noop, 2/1 a, 3/1 b, 4/1 c]
    3 applies [1/1 noop, 2/1 a, 3/1 b, 4/1 c]
    3->1 append_reply term=1 accepted=4
  3->1 append_reply
> advance 3 100
  3->1 fence_request term=1 last=4
> settle
  3->1 fence_request
    1->3 fence_reply term=1 last=4 leads counted=4
  1->3 fence_reply
    3 is follower term=1 vote=3 leader=1
    3 writes #4: term=1 vote=3
# but votes only when all has arrived.
> state 3
  3 is follower term=1 vote=3 leader=1 last=4/1 durable=4 commit=4 applied=4
> log 3
  3 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c
