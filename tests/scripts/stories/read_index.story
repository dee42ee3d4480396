# A read of the leader: it is confirmed by a round of heartbeats that begins after the read has come, and answered with
# the commit index, without any entry or write (thesis, section 6.4; design rule 10).

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently propose 1 a
> silently settle
> ask 1
  1->2 heartbeat term=1 commit=2/1 round=2
  1->3 heartbeat term=1 commit=2/1 round=2
> deliver 1->2
  1->2 heartbeat
    2 commits 2
    2->1 heartbeat_reply term=1 round=2
    2 applies [2/1 a]
> deliver 2->1
  2->1 heartbeat_reply
    1 answers p2: success index=2
