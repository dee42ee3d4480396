# A request to campaign at once counts only if it comes from the leader of the term.
# Thesis, section 3.10.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200

# Node 2 does not lead.
> send 2->3 timeout_now term=1
  2->3 timeout_now

# An old leader's.
> send 1->3 timeout_now term=0
  1->3 timeout_now

# A stranger's.
> send 9->3 timeout_now term=1
  9->3 timeout_now

# It is not for the leader, nor for a candidate.
> send 2->1 timeout_now term=1
  2->1 timeout_now
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
