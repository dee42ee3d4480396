# So many reads may wait and no more, each for a bounded time; a place is free again when one was answered.

> nodes 1 2 3 reads=2 proposal_timeout=1s
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently isolate 1
> ask 1
  1->2 heartbeat term=1 commit=1/1 round=2
  1->3 heartbeat term=1 commit=1/1 round=2
> ask 1
> ask 1
  1 answers p3: proposal_queue_full
> advance 1 900
  1->2 heartbeat term=1 commit=1/1 round=3
  1->3 heartbeat term=1 commit=1/1 round=3
  1->2 heartbeat term=1 commit=1/1 round=4
  1->3 heartbeat term=1 commit=1/1 round=4
  1->2 heartbeat term=1 commit=1/1 round=5
  1->3 heartbeat term=1 commit=1/1 round=5
  1->2 heartbeat term=1 commit=1/1 round=6
  1->3 heartbeat term=1 commit=1/1 round=6
  1->2 heartbeat term=1 commit=1/1 round=7
  1->3 heartbeat term=1 commit=1/1 round=7
  1->2 heartbeat term=1 commit=1/1 round=8
  1->3 heartbeat term=1 commit=1/1 round=8
  1->2 heartbeat term=1 commit=1/1 round=9
  1->3 heartbeat term=1 commit=1/1 round=9
  1->2 heartbeat term=1 commit=1/1 round=10
  1->3 heartbeat term=1 commit=1/1 round=10
  1->2 heartbeat term=1 commit=1/1 round=11
  1->3 heartbeat term=1 commit=1/1 round=11
> heal
> silently settle
> ask 2
  2 answers p4: node_is_not_leader
> ask 2 follower
  2->1 read_index term=1 request=1
> ask 2 follower
> ask 2 follower
  2 answers p7: proposal_queue_full
> settle
  2->1 read_index
    1->2 heartbeat term=1 commit=1/1 round=12
    1->3 heartbeat term=1 commit=1/1 round=12
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=12
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=12
  2->1 heartbeat_reply
    1->2 read_index_reply term=1 request=1 index=1
  3->1 heartbeat_reply
  1->2 read_index_reply
    2->1 read_index term=1 request=2
    2 answers p5: success index=1
  2->1 read_index
    1->2 heartbeat term=1 commit=1/1 round=13
    1->3 heartbeat term=1 commit=1/1 round=13
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=13
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=13
  2->1 heartbeat_reply
    1->2 read_index_reply term=1 request=2 index=1
  3->1 heartbeat_reply
  1->2 read_index_reply
    2 answers p6: success index=1
