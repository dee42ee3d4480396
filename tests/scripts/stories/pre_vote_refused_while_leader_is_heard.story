# A follower that hears its leader does not consent to another's campaign, and neither does the leader itself. They do
# not even answer.
# Thesis, sections 4.2.3 and 9.6.

> silently nodes 1 2 3
> silently time_out 1
> silently run 300

# Node 3 does not get the heartbeats and wants to campaign.
> lose 1->3
> quietly advance 1 300
> quietly deliver heartbeat
> time_out 3
  3 is pre_candidate term=1 vote=1
  3->1 pre_vote term=2 last=1/1
  3->2 pre_vote term=2 last=1/1
> deliver pre_vote
  3->1 pre_vote
  3->2 pre_vote
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is pre_candidate term=1 vote=1 last=1/1 durable=1 commit=1 applied=1
