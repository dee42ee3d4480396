# Why a wiped disk is dangerous: entry 2 is committed by 1 and 2; 2 loses its disk; without the fence 2 and 3 would elect 3,
# which never had the entry.
> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently lose 1->3 append
> silently time_out 1
> silently settle
> silently propose 1 a
> silently settle
> silently run 200
> log all
  1 has 1/1 noop, 2/1 a
  2 has 1/1 noop, 2/1 a
  3 has
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
> silently crash 1
> silently crash 2
> silently wipe 2
> silently restart 2
> silently run 5s
> state 2
  2 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> state 3
  3 is pre_candidate term=1 vote=1 last=0/0 durable=0 commit=0 applied=0
# With 1 back the entry is back.
> silently restart 1
> silently heal
> silently run 5s
> state 1
  1 is leader term=2 vote=1 ready last=3/2 durable=3 commit=3 applied=3
> state 2
  2 is follower term=2 leader=1 last=3/2 durable=3 commit=3 applied=3
> state 3
  3 is follower term=2 vote=1 leader=1 last=3/2 durable=3 commit=3 applied=3
> log all
  1 has 1/1 noop, 2/1 a, 3/2 noop
  2 has 1/1 noop, 2/1 a, 3/2 noop
  3 has 1/1 noop, 2/1 a, 3/2 noop
