# A sleeping follower that is asked for a pre-vote does not deny for ever because it remembers a leader: it wakes, denies once
# so that a leader that lives may answer its call, and then its own timer runs.

> silently nodes 1 2 3 sleep_after=500
> silently time_out 1
> silently run 2s
> silently isolate 1
> send 3->2 pre_vote term=2 last=1/1
  3->2 pre_vote
    2 is follower term=1 vote=1 leader=1
    2->1 heartbeat_reply term=1 round=0
> advance 2 500
> send 3->2 pre_vote term=2 last=1/1
  3->2 pre_vote
> advance 2 600
  2 is pre_candidate term=1 vote=1
  2->1 pre_vote term=2 last=1/1
  2->3 pre_vote term=2 last=1/1
> send 3->2 pre_vote term=2 last=1/1
  3->2 pre_vote
    2->3 pre_vote_reply term=2 granted
