# A leader that nobody answers cannot prove that it leads, with or without check-quorum: its reads time out, and answers
# to rounds that began before they came do not count, nor answers to rounds that it never began.

> nodes 1 2 3 check_quorum=off proposal_timeout=3s
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently run 100
> silently advance 1 100
> silently deliver 1->2
> delay *->1
> delay 1->*
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=4
  1->3 heartbeat term=1 commit=1/1 round=4
> deliver 2->1
  2->1 heartbeat_reply
> send 3->1 heartbeat_reply term=1 round=2
  3->1 heartbeat_reply
> silently advance 3 1s
> silently time_out 2
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
> silently propose 2 b
> quietly settle
    3 commits 2
    3 applies [2/2 noop]
    2 commits 3
    2 applies [3/2 b]
    2 answers p2: success index=3
> quietly advance 1 3s
  1 answers p1: proposal_timeout
> send 3->1 heartbeat_reply term=1 round=99
  3->1 heartbeat_reply
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=35
  1->3 heartbeat term=1 commit=1/1 round=35
> quietly advance 1 3s
  1 answers p3: proposal_timeout
> heal
> quietly settle
    1 is follower term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    1 commits 3
    1 applies [2/2 noop, 3/2 b]
