# A fenced node that crashes half way is fenced when it starts again, though its disk looks whole then.
> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently settle
> silently run 200
> silently crash 2
> silently damage 2 3
> silently restart 2
> silently crash 2 1
> restart 2
  2 is follower term=1 vote=1 fenced
  2 writes #1: term=1 vote=1 lost=entries
  2 reads 1..1 for itself
  2 applies [1/1 noop]
> state 2
  2 is follower term=1 vote=1 fenced last=2/1 durable=2 commit=1 applied=1
