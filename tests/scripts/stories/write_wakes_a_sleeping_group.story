# A write on the sleeping leader wakes it, and its heartbeats wake the others; afterwards they sleep again.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
> propose 1 a
  1 is leader term=1 vote=1 ready
  1 writes #3: [2/1 a]
  1->2 heartbeat term=1 commit=1/1 round=8
  1->3 heartbeat term=1 commit=1/1 round=8
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> settle
  1->2 heartbeat
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=8
  1->3 heartbeat
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=8
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
  1->3 append
    3 writes #3: [2/1 a]
    3->1 append_reply term=1 accepted=2
  2->1 heartbeat_reply
    1->2 append term=1 prev=2/1 commit=1 []
  3->1 heartbeat_reply
    1->3 append term=1 prev=2/1 commit=1 []
  2->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
  3->1 append_reply
  1->2 append
    2->1 append_reply term=1 accepted=2
  1->3 append
    3->1 append_reply term=1 accepted=2
  2->1 append_reply
  3->1 append_reply
> quietly run 2s
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
