# A caller is told "unknown" when its leader steps down, and the next leader commits the entry after all. That is why
# the answer is not "no".

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> deliver 1->2
  1->2 append
    2 writes #3: [2/1 a]
    2->1 append_reply term=1 accepted=2
> isolate 1
> quietly advance 1 2s
  1 is follower term=1 vote=1
  1 answers p1: replication_failed index=2
> silently advance 3 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 3
    2 applies [2/1 a, 3/2 noop]
    2 is leader term=2 vote=2 ready
> log 3
  3 has 1/1 noop, 2/1 a, 3/2 noop
