# A leader that hears no majority for an election time-out steps down, and whoever waits for a proposal is told that
# nobody knows. It does not answer "no": the entry may be on other disks.
# Thesis, section 6.2.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> isolate 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> propose 1 b
  1 writes #4: [3/1 b]
  1->2 append term=1 prev=2/1 commit=1 [3/1 b]
  1->3 append term=1 prev=2/1 commit=1 [3/1 b]
> quietly advance 1 1s
> quietly advance 1 1s
  1 is follower term=1 vote=1
  1 answers p2: replication_failed index=3
  1 answers p1: replication_failed index=2
> propose 1 c
  1 answers p3: node_is_not_leader
