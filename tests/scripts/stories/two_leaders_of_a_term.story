# Two leaders of one term cannot be unless somebody voted twice. Whoever sees it stops this partition, and says why.

> nodes 1 3 voters=1,2,3
  1 is follower term=0
  3 is follower term=0
> send 2->1 heartbeat term=1 commit=0/0 round=1
  2->1 heartbeat
    1 is follower term=1 leader=2
    1 writes #1: term=1 vote=0
    1->2 heartbeat_reply term=1 round=1
> send 3->1 heartbeat term=1 commit=0/0 round=1
  3->1 heartbeat
    1 is failed: broken invariant: two leaders in one term
> send 2->1 heartbeat term=1 commit=0/0 round=2
  2->1 heartbeat

# A leader sees it too.
> silently time_out 3
> silently send 1->3 pre_vote_reply term=1 granted
> silently send 1->3 vote_reply term=1 granted
> send 2->3 append term=1 prev=0/0 commit=0 [1/1 noop]
  2->3 append
    3 is failed: broken invariant: two leaders in one term
