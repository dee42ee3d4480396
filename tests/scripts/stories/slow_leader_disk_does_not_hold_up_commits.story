# A majority of followers commits an entry that the leader's own disk does not have yet.
# Thesis, section 10.2.1. The leader's crash then loses nothing: the entry is on the followers' disks.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
> deliver 1->3
  1->3 append
    3 writes #3: [2/1 a]
    3->1 append_reply term=1 accepted=2
> settle
  2->1 append_reply
  3->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=1 commit=2 applied=2
> crash 1
> restart 1
  1 is follower term=1 vote=1
> state 1
  1 is follower term=1 vote=1 last=1/1 durable=1 commit=0 applied=0

# The others elect one of them, and node 1 gets the entry back.
> quietly advance 2 1s
> quietly advance 3 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly run 500
    2 is candidate term=2 vote=2
    1 is follower term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    3 is follower term=2 vote=2 leader=2
    2 commits 3
    2 applies [2/1 a, 3/2 noop]
    2 is leader term=2 vote=2 ready
    1 commits 1
    1 applies [1/1 noop]
    1 commits 3
    1 applies [2/1 a, 3/2 noop]
    3 commits 3
    3 applies [2/1 a, 3/2 noop]
> log all
  1 has 1/1 noop, 2/1 a, 3/2 noop
  2 has 1/1 noop, 2/1 a, 3/2 noop
  3 has 1/1 noop, 2/1 a, 3/2 noop
