# Empty disks are taken for wiped ones until every voter says that its log is empty, too: then the group is new.
> nodes 1 2 3 wiped=on
  1 is follower term=0 fenced
  1 writes #1: term=0 vote=0 lost=unknown
  2 is follower term=0 fenced
  2 writes #1: term=0 vote=0 lost=unknown
  3 is follower term=0 fenced
  3 writes #1: term=0 vote=0 lost=unknown
> advance all 100
  1->2 fence_request term=0 last=0
  1->3 fence_request term=0 last=0
  2->1 fence_request term=0 last=0
  2->3 fence_request term=0 last=0
  3->1 fence_request term=0 last=0
  3->2 fence_request term=0 last=0
> deliver 1->2
  1->2 fence_request
    2->1 fence_reply term=0 last=0 fenced
> deliver 3->2
  3->2 fence_request
    2->3 fence_reply term=0 last=0 fenced
> settle
  1->3 fence_request
    3->1 fence_reply term=0 last=0 fenced
  2->1 fence_request
    1->2 fence_reply term=0 last=0 fenced
  2->3 fence_request
    3->2 fence_reply term=0 last=0 fenced
  3->1 fence_request
    1->3 fence_reply term=0 last=0 fenced
  2->1 fence_reply
  2->3 fence_reply
  3->1 fence_reply
    1 is follower term=0
    1 writes #2: term=0 vote=0
  1->2 fence_reply
  3->2 fence_reply
    2 is follower term=0
    2 writes #2: term=0 vote=0
  1->3 fence_reply
    3 is follower term=0
    3 writes #2: term=0 vote=0
> advance all 100
> settle
> state 1
  1 is follower term=0 last=0/0 durable=0 commit=0 applied=0
> state 2
  2 is follower term=0 last=0/0 durable=0 commit=0 applied=0
> state 3
  3 is follower term=0 last=0/0 durable=0 commit=0 applied=0
> silently run 4s
> state 1
  1 is follower term=1 vote=2 leader=2 last=1/1 durable=1 commit=1 applied=1
> state 2
  2 is leader term=1 vote=2 ready last=1/1 durable=1 commit=1 applied=1
> state 3
  3 is follower term=1 vote=2 leader=2 last=1/1 durable=1 commit=1 applied=1
