# After a pause too short to be noticed the answers to a round that began after the read are still a proof: nobody can
# have committed anything in a later term before that round began, whatever has happened since.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> silently deliver 1->2
> delay *->1
> delay 1->*
> silently advance 3 1s
> silently time_out 2
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    3 commits 1
    3 applies [1/1 noop]
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
> messages 2->1 heartbeat_reply
  2->1 heartbeat_reply term=1 round=2
> silently jump 1 900
> deliver 2->1 heartbeat_reply
  2->1 heartbeat_reply
    1 answers p1: success index=1
