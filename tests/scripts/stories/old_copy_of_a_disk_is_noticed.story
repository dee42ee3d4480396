# A disk was replaced by an older copy of itself: nothing looks damaged. The leader knows that more was acknowledged; the
# node fences itself as if everything were lost, and the leader sends what is missing.
> nodes 1 2 3 verify=on
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently advance all 100
> silently settle
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently settle
> silently run 200
> silently crash 2
> silently roll_back 2 3
> silently restart 2
> log 2
  2 has 1/1 noop, 2/1 a
> advance 1 100
  1->2 heartbeat term=1 commit=5/1 round=5
  1->3 heartbeat term=1 commit=5/1 round=5
> deliver 1->2 heartbeat
  1->2 heartbeat
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=5 fenced
> advance 2 100
  2->1 fence_request term=1 last=2
> deliver 2->1 fence_request
  2->1 fence_request
    1->2 fence_reply term=1 last=5 leads counted=5
    1->2 append term=1 prev=2/1 commit=5 [3/1 b, 4/1 c, 5/1 d]
> deliver 1->2 fence_reply
  1->2 fence_reply
    2 is follower term=1 vote=1 fenced
    2 writes #1: term=1 vote=1 lost=everything
> state 2
  2 is follower term=1 vote=1 fenced last=2/1 durable=2 commit=1 applied=1
> silently run 1s
> state 2
  2 is follower term=1 vote=2 leader=1 last=5/1 durable=5 commit=5 applied=5
> log 2
  2 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d
