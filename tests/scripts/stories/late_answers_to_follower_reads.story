# An answer to a question of an earlier life, or to a question before the read, says nothing about a read of now.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 3 follower
  3->1 read_index term=1 request=1
> silently deliver 3->1
> silently deliver 1->2
> silently deliver 2->1
> messages 1->3 read_index_reply
  1->3 read_index_reply term=1 request=1 index=1
> crash 3
> restart 3
  3 is follower term=1 vote=1
> silently run 100
> silently propose 1 a
> silently settle
> lose 3->1 read_index
> delay read_index_reply
> ask 3 follower
  3->1 read_index term=1 request=1001
> send 1->3 read_index_reply term=1 request=1 index=1
  1->3 read_index_reply
> send 1->3 read_index_reply term=1 request=5000 index=1
  1->3 read_index_reply
> send 2->3 read_index_reply term=1 request=1001 index=1
  2->3 read_index_reply
> heal
> run 100
  3->1 read_index
    1->2 heartbeat term=1 commit=2/1 round=4
    1->3 heartbeat term=1 commit=2/1 round=4
  1->2 heartbeat
    2 commits 2
    2->1 heartbeat_reply term=1 round=4
    2 applies [2/1 a]
  1->3 heartbeat
    3 commits 2
    3->1 heartbeat_reply term=1 round=4
    3 applies [2/1 a]
  2->1 heartbeat_reply
    1->3 read_index_reply term=1 request=1001 index=2
  3->1 heartbeat_reply
  1->3 read_index_reply
    3 answers p3: success index=2
  1->2 heartbeat term=1 commit=2/1 round=5
  1->3 heartbeat term=1 commit=2/1 round=5
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=5
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=5
  2->1 heartbeat_reply
  3->1 heartbeat_reply
