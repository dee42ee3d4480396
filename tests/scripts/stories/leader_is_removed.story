# A leader that is removed goes on until its removal is committed, without counting itself; then it tells the others, hands over to
# the most complete voter, and steps down (thesis, section 4.2.2). It does not campaign again.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently hold writes 3
> change 1 2,3
  1 writes #3: [2/1 config{2+3}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{2+3}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{2+3}]
> settle
  1->2 append
    2 writes #3: [2/1 config{2+3}]
    2->1 append_reply term=1 accepted=2
  1->3 append
    3 writes #3: [2/1 config{2+3}]
  2->1 append_reply
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
> silently release writes 3
> settle
  3->1 append_reply
    1 is follower term=1 vote=1
    1 commits 2
    1->2 heartbeat term=1 commit=2/1 round=3
    1->3 heartbeat term=1 commit=2/1 round=3
    1->2 timeout_now term=1
    1 applies [2/1 config{2+3}]
    1 answers p1: success
  1->2 heartbeat
    2 commits 2
    2->1 heartbeat_reply term=1 round=3
    2 applies [2/1 config{2+3}]
  1->3 heartbeat
    3 commits 2
    3->1 heartbeat_reply term=1 round=3
    3 applies [2/1 config{2+3}]
  1->2 timeout_now
    2 is candidate term=2 vote=2
    2 writes #4: term=2 vote=2
    2->3 vote term=2 last=2/1 transfer
  2->1 heartbeat_reply
  3->1 heartbeat_reply
  2->3 vote
    3 is follower term=2 vote=2
    3 writes #4: term=2 vote=2
    3->2 vote_reply term=2 granted
  3->2 vote_reply
    2 is leader term=2 vote=2
    2 writes #5: [3/2 noop]
    2->3 heartbeat term=2 commit=0/0 round=1
    2->3 append term=2 prev=2/1 commit=2 [3/2 noop]
  2->3 heartbeat
    3 is follower term=2 vote=2 leader=2
    3->2 heartbeat_reply term=2 round=1
  2->3 append
    3 writes #5: [3/2 noop]
    3->2 append_reply term=2 accepted=2
    3->2 append_reply term=2 accepted=3
  3->2 heartbeat_reply
    2->3 append term=2 prev=2/1 commit=2 [3/2 noop]
  3->2 append_reply
  3->2 append_reply
    2 commits 3
    2 applies [3/2 noop]
    2 is leader term=2 vote=2 ready
  2->3 append
    3->2 append_reply term=2 accepted=3
  3->2 append_reply
> state all
  1 is follower term=1 vote=1 last=2/1 durable=2 commit=2 applied=2
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=2 applied=2
> time_out 1
  1 does not campaign
