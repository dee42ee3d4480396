# A new leader takes clients only when its no-op has committed and everything before it is applied here; until then its
# state machine may be behind what the previous leader answered.
# Raft paper, section 8.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently propose 1 a
> silently settle
> crash 1
> hold applies 2
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
> propose 2 b
  2 answers p2: node_is_not_leader

# The entry that it inherited is applied first, then the no-op of its term.
> applied 2
  2 is leader term=2 vote=2 ready
> propose 2 c
  2 writes #6: [4/2 c]
  2->3 append term=2 prev=3/2 commit=3 [4/2 c]
> state 2
  2 is leader term=2 vote=2 ready last=4/2 durable=4 commit=3 applied=3
