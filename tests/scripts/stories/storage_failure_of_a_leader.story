# A leader whose disk fails takes part in nothing any more: it answers its callers, sends nothing, and the others elect
# a new leader.
# Error or success of a write must never be guessed; a broken partition stops, the process goes on.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 1
> silently propose 1 a
> fail_storage 1
  1 is failed: the log could not be written: the disk is gone
  1 answers p1: storage_failed index=2
> propose 1 b
  1 answers p2: errored
> transfer 1
  1 answers p3: node_is_not_leader
> step_down 1
  1 answers p4: node_is_not_leader
> send 2->1 append term=9 prev=0/0 commit=0 []
  2->1 append
> advance 1 5s
> silently drop
> silently advance 3 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
