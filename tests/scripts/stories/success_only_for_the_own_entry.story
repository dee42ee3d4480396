# The index that a proposal got is taken by another leader's entry. The caller is not told success for it, and each
# caller is answered once.
# Raft paper, section 8; a client must know the entry (index and term) that it waits for.

> silently nodes 1 2 3 check_quorum=off
> silently time_out 1
> silently run 200
> isolate 1
> propose 1 lost
  1 writes #3: [2/1 lost]
  1->2 append term=1 prev=1/1 commit=1 [2/1 lost]
  1->3 append term=1 prev=1/1 commit=1 [2/1 lost]
> quietly advance 2 1s
> quietly advance 3 1s
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
> propose 2 kept
  2 writes #5: [3/2 kept]
  2->3 append term=2 prev=2/2 commit=2 [3/2 kept]
> quietly settle
    3 commits 2
    3 applies [2/2 noop]
    2 commits 3
    2 applies [3/2 kept]
    2 answers p2: success index=3
> heal
> quietly run 500
    3 commits 3
    3 applies [3/2 kept]
    1 is follower term=2 leader=2
    1 answers p1: replication_failed index=2
    1 commits 3
    1 applies [2/2 noop, 3/2 kept]
> log all
  1 has 1/1 noop, 2/2 noop, 3/2 kept
  2 has 1/1 noop, 2/2 noop, 3/2 kept
  3 has 1/1 noop, 2/2 noop, 3/2 kept
