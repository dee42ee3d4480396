# Messages from nodes that are not members and that could not win change nothing, whatever term they claim; nor do messages
# for another partition or another node, or from the node itself. What a stranger answers never counts.
# A removed or misconfigured node must not disturb the group (thesis, section 4.2.3).

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> send 9->1 vote term=7 last=0/0
  9->1 vote
> send 9->2 pre_vote term=7 last=0/0
  9->2 pre_vote
> send 9->2 vote term=7 last=0/0 transfer
  9->2 vote
> send 9->2 vote term=7 last=100/7 transfer
  9->2 vote
> send 9->2 timeout_now term=1
  9->2 timeout_now
> send 9->2 timeout_now term=7
  9->2 timeout_now
> send 9->1 append_reply term=1 accepted=1
  9->1 append_reply
    1->9 heartbeat term=1 commit=1/1 round=3
> send 9->1 append_reply term=9 accepted=1
  9->1 append_reply
> send 9->1 heartbeat_reply term=9 round=1
  9->1 heartbeat_reply
> send 9->1 vote_reply term=9 granted
  9->1 vote_reply
> send 3->1 vote term=7 last=100/7 transfer partition=2
  3->1 vote
> send 1->1 vote term=7 last=100/7 transfer
  1->1 vote
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
