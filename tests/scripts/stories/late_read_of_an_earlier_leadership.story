# A leader asks for entries to send, loses its leadership and its entries, and leads again with others in their place.
# What the old read brings is not sent as if it were in the log; the entries are read again.

> nodes 1 voters=1,2,3 log=1x3 term=1 pre_vote=off cache_bytes=0
  1 is follower term=1
> hold reads 1
> silently time_out 1
> silently send 3->1 vote_reply term=2 granted
> silently drop
> send 2->1 append_reply term=2 rejected=3 conflict=1/1 last=1
  2->1 append_reply
    1 reads 2..3 for 2

# The new leader puts other entries there and commits them.
> send 3->1 append term=3 prev=1/1 commit=3 [2/3 x, 3/3 y]
  3->1 append
    1 is follower term=3 leader=3
    1 commits 3
    1 writes #3: term=3 vote=0 cut=2 [2/3 x, 3/3 y]
    1 reads 1..1 for itself
    1->3 append_reply term=3 accepted=1
    1->3 append_reply term=3 accepted=3

# Node 1 leads again, and node 2 still misses the entries.
> silently time_out 1
> silently send 3->1 vote_reply term=4 granted
> silently drop
> send 2->1 append_reply term=4 rejected=3 conflict=1/1 last=1
  2->1 append_reply
    1 reads 2..3 for 2

# The first read was node 2's of the first time, from before.
> read 1
> release reads 1
  1->2 append term=4 prev=1/1 commit=3 [2/3 x, 3/3 y]
  1 applies [1/1 e1]
  1 reads 2..3 for itself
  1 applies [2/3 x, 3/3 y]
