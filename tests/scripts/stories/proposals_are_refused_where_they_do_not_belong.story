# A follower, a candidate and a leader that is not ready take no proposals, and nobody takes an empty one.

> silently nodes 1 2 3
> propose 1 a
  1 answers p1: node_is_not_leader
> quietly time_out 1
  1 is pre_candidate term=0
> propose 1 a
  1 answers p2: node_is_not_leader
> quietly settle
    1 is candidate term=1 vote=1
    2 is follower term=1 vote=1
    3 is follower term=1 vote=1
    1 is leader term=1 vote=1
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
> propose 1
  1 answers p3: invalid_argument
> propose 2 a
  2 answers p4: node_is_not_leader
> log all
  1 has 1/1 noop
  2 has 1/1 noop
  3 has 1/1 noop
