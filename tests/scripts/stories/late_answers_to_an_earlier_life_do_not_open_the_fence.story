# A reply that was asked for before the crash tells of a time before the acknowledgements that were lost in it.
> nodes 1 2 3 verify=on
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> delay 1->2 fence_reply
> silently time_out 1
> silently settle
> silently advance all 100
> silently settle
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently settle
> silently run 200
> silently crash 2
> silently damage 2 3
> silently restart 2
> silently advance 1 100
> silently deliver 1->2 heartbeat
> state 2
  2 is follower term=1 vote=1 leader=1 fenced last=2/1 durable=2 commit=1 applied=1
> messages 1->2 fence_reply
  1->2 fence_reply term=1 last=1 leads counted=1
  1->2 fence_reply term=1 last=4 leads counted=4
  1->2 fence_reply term=1 last=4 leads counted=4
> deliver 1->2 fence_reply
  1->2 fence_reply
  1->2 fence_reply
  1->2 fence_reply
> state 2
  2 is follower term=1 vote=1 leader=1 fenced last=2/1 durable=2 commit=1 applied=1
