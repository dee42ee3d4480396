# Messages from nodes that are not members change nothing, whatever term they claim; nor do messages for another
# partition or another node, or from the node itself.
# A removed or misconfigured node must not disturb the group (thesis, section 4.2.3).

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> send 9->1 vote term=7 last=100/7
  9->1 vote
> send 9->2 pre_vote term=7 last=100/7
  9->2 pre_vote
> send 9->2 append term=7 prev=0/0 commit=5 [1/7 noop]
  9->2 append
> send 9->2 heartbeat term=7 commit=1/1 round=1
  9->2 heartbeat
> send 9->1 append_reply term=1 accepted=1
  9->1 append_reply
> send 9->1 heartbeat_reply term=9 round=1
  9->1 heartbeat_reply
> send 3->1 vote term=7 last=100/7 transfer partition=2
  3->1 vote
> send 1->1 vote term=7 last=100/7 transfer
  1->1 vote
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
