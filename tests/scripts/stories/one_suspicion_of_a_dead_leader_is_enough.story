# Only one follower hears of the death. It asks the other, which wakes, denies because the leader may still answer, and
# grants the next time.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 1
> silently suspect 2 1
> time_out 2
  2 is pre_candidate term=1 vote=1
  2->1 pre_vote term=2 last=1/1
  2->3 pre_vote term=2 last=1/1
> settle
  2->1 heartbeat_reply is lost
  2->1 pre_vote is lost
  2->3 pre_vote
    3 is follower term=1 vote=1 leader=1
    3->1 heartbeat_reply term=1 round=0
  3->1 heartbeat_reply is lost
> quietly run 4s
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 2
    3 applies [2/2 noop]
> state all
  1 is down
  2 is leader term=2 vote=2 ready last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 last=2/2 durable=2 commit=2 applied=2
