# Two empty disks of three cannot know whether the third holds what they have lost.
> nodes 1 2 3 wiped=on
  1 is follower term=0 fenced
  1 writes #1: term=0 vote=0 lost=unknown
  2 is follower term=0 fenced
  2 writes #1: term=0 vote=0 lost=unknown
  3 is follower term=0 fenced
  3 writes #1: term=0 vote=0 lost=unknown
> silently crash 3
> silently run 5s
> state 1
  1 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> state 2
  2 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> restart 3
  3 is follower term=0 fenced
  3 writes #1: term=0 vote=0 lost=unknown
> silently run 5s
> state 1
  1 is follower term=1 vote=2 leader=2 last=1/1 durable=1 commit=1 applied=1
> state 2
  2 is leader term=1 vote=2 ready last=1/1 durable=1 commit=1 applied=1
> state 3
  3 is follower term=1 vote=3 leader=2 last=1/1 durable=1 commit=1 applied=1
