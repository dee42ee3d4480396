# A sleeping leader does not know whether it still leads: a read waits for a new round of heartbeats.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> ask 1
  1 is leader term=1 vote=1 ready
  1->2 heartbeat term=1 commit=1/1 round=8
  1->3 heartbeat term=1 commit=1/1 round=8
> settle
  1->2 heartbeat
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=8
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=8
  2->1 heartbeat_reply
    1 answers p1: success index=1
  3->1 heartbeat_reply
> quietly run 2s
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
> ask 2 follower
  2 is follower term=1 vote=1 leader=1
  2->1 heartbeat_reply term=1 round=0
  2->1 read_index term=1 request=1
> settle
  2->1 heartbeat_reply
    1 is leader term=1 vote=1 ready
    1->2 heartbeat term=1 commit=1/1 round=14
    1->3 heartbeat term=1 commit=1/1 round=14
  2->1 read_index
    1->2 heartbeat term=1 commit=1/1 round=15
    1->3 heartbeat term=1 commit=1/1 round=15
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=14
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=14
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=15
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=15
  2->1 heartbeat_reply
  3->1 heartbeat_reply
  2->1 heartbeat_reply
    1->2 read_index_reply term=1 request=1 index=1
  3->1 heartbeat_reply
  1->2 read_index_reply
    2 answers p2: success index=1
