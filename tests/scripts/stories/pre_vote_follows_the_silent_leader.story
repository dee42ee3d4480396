# When the leader has been silent for an election time-out, the others consent.
# Thesis, section 9.6: freshness is judged by what a follower really heard, not by who it believes to lead.

> silently nodes 1 2 3
> silently time_out 1
> silently run 300
> crash 1
> quietly advance 2 900
> time_out 3
  3 is pre_candidate term=1 vote=1
  3->1 pre_vote term=2 last=1/1
  3->2 pre_vote term=2 last=1/1
> deliver 3->2
  3->2 pre_vote
> quietly advance 2 100
> quietly drop
> time_out 3
  3->1 pre_vote term=2 last=1/1
  3->2 pre_vote term=2 last=1/1
> settle
  3->1 pre_vote is lost
  3->2 pre_vote
    2->3 pre_vote_reply term=2 granted
  2->3 pre_vote_reply
    3 is candidate term=2 vote=3
    3 writes #3: term=2 vote=3
    3->1 vote term=2 last=1/1
    3->2 vote term=2 last=1/1
  3->1 vote is lost
  3->2 vote
    2 is follower term=2 vote=3
    2 writes #3: term=2 vote=3
    2->3 vote_reply term=2 granted
  2->3 vote_reply
    3 is leader term=2 vote=3
    3 writes #4: [2/2 noop]
    3->1 heartbeat term=2 commit=0/0 round=1
    3->2 heartbeat term=2 commit=0/0 round=1
    3->1 append term=2 prev=1/1 commit=1 [2/2 noop]
    3->2 append term=2 prev=1/1 commit=1 [2/2 noop]
  3->1 heartbeat is lost
  3->2 heartbeat
    2 is follower term=2 vote=3 leader=3
    2->3 heartbeat_reply term=2 round=1
  3->1 append is lost
  3->2 append
    2 writes #4: [2/2 noop]
    2->3 append_reply term=2 accepted=1
    2->3 append_reply term=2 accepted=2
  2->3 heartbeat_reply
    3->2 append term=2 prev=1/1 commit=1 [2/2 noop]
  2->3 append_reply
  2->3 append_reply
    3 commits 2
    3 applies [2/2 noop]
    3 is leader term=2 vote=3 ready
  3->2 append
    2->3 append_reply term=2 accepted=2
  2->3 append_reply
