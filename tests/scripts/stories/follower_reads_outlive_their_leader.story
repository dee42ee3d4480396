# A read that waits on a follower is asked again of each new leader; what the old one says in its old term is ignored,
# and a follower that becomes leader proves it itself.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 3 follower
  3->1 read_index term=1 request=1
> ask 2 follower
  2->1 read_index term=1 request=1
> delay *->1
> delay 1->*
> silently advance 3 1s
> silently time_out 2
> silently drop 2->1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [1/1 noop, 2/2 noop]
    2 is leader term=2 vote=2 ready
    2 answers p2: success index=2
    3 commits 2
    3 applies [1/1 noop, 2/2 noop]
    3 answers p1: success index=2
> ask 3 follower
  3->2 read_index term=2 request=13
> send 1->3 read_index_reply term=1 request=99 index=1
  1->3 read_index_reply
> quietly settle
    3 answers p3: success index=2
