# A leader asks for entries to send, loses its leadership and leads again. What the old read brings is not sent, even if it is part of
# the log: it may end where another proposal ended then, and so within one now. The answer to the last request is.

> nodes 1 voters=1,2,3 log=1x3 term=1 pre_vote=off cache_bytes=0
  1 is follower term=1
> hold reads 1
> silently time_out 1
> silently send 3->1 vote_reply term=2 granted
> silently drop
> send 2->1 append_reply term=2 rejected=3 conflict=1/1 last=1
  2->1 append_reply
    1 reads 2..3 for 2
> silently send 3->1 heartbeat term=3 commit=0/0 round=1
> silently time_out 1
> silently send 3->1 vote_reply term=4 granted
> silently drop
> send 2->1 append_reply term=4 rejected=4 conflict=1/1 last=1
  2->1 append_reply
    1 reads 2..3 for 2
> read 1
> release reads 1
  1->2 append term=4 prev=1/1 commit=0 [2/1 e2, 3/1 e3]
