# A follower that lags gets what it misses first; only then it is told to campaign.
# Thesis, section 3.10.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> lose 1->2
> quietly propose 1 a
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> heal
> transfer 1 2
> quietly advance 1 100
> settle
  1->3 heartbeat
    3 commits 2
    3->1 heartbeat_reply term=1 round=3
    3 applies [2/1 a]
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=4
  3->1 heartbeat_reply
  2->1 heartbeat_reply
    1->2 append term=1 prev=2/1 commit=2 []
  3->1 heartbeat_reply
  1->2 append
    2->1 append_reply term=1 rejected=2 conflict=1/1 last=1
  2->1 append_reply
    1->2 append term=1 prev=1/1 commit=2 [2/1 a]
  1->2 append
    2 commits 2
    2 writes #3: [2/1 a]
    2 applies [2/1 a]
    2->1 append_reply term=1 accepted=2
  2->1 append_reply
    1->2 timeout_now term=1
  1->2 timeout_now
    2 is candidate term=2 vote=2
    2 writes #4: term=2 vote=2
    2->1 vote term=2 last=2/1 transfer
    2->3 vote term=2 last=2/1 transfer
  2->1 vote
    1 is follower term=2 vote=2
    1 writes #4: term=2 vote=2
    1->2 vote_reply term=2 granted
  2->3 vote
    3 is follower term=2 vote=2
    3 writes #4: term=2 vote=2
    3->2 vote_reply term=2 granted
  1->2 vote_reply
    2 is leader term=2 vote=2
    2 writes #5: [3/2 noop]
    2->1 heartbeat term=2 commit=0/0 round=1
    2->3 heartbeat term=2 commit=0/0 round=1
    2->1 append term=2 prev=2/1 commit=2 [3/2 noop]
    2->3 append term=2 prev=2/1 commit=2 [3/2 noop]
  3->2 vote_reply
  2->1 heartbeat
    1 is follower term=2 vote=2 leader=2
    1->2 heartbeat_reply term=2 round=1
    1 answers p2: success
  2->3 heartbeat
    3 is follower term=2 vote=2 leader=2
    3->2 heartbeat_reply term=2 round=1
  2->1 append
    1 writes #5: [3/2 noop]
    1->2 append_reply term=2 accepted=2
    1->2 append_reply term=2 accepted=3
  2->3 append
    3 writes #5: [3/2 noop]
    3->2 append_reply term=2 accepted=2
    3->2 append_reply term=2 accepted=3
  1->2 heartbeat_reply
    2->1 append term=2 prev=2/1 commit=2 [3/2 noop]
  3->2 heartbeat_reply
    2->3 append term=2 prev=2/1 commit=2 [3/2 noop]
  1->2 append_reply
  1->2 append_reply
    2 commits 3
    2 applies [3/2 noop]
    2 is leader term=2 vote=2 ready
  3->2 append_reply
  3->2 append_reply
  2->1 append
    1->2 append_reply term=2 accepted=3
  2->3 append
    3->2 append_reply term=2 accepted=3
  1->2 append_reply
  3->2 append_reply
> state all
  1 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=2 applied=2
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=2 applied=2
