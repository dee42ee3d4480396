# A node that cannot reach the others asks again and again, and its term stays what it was; when it is back, nobody is
# disturbed. A returning node must not depose a healthy leader.
# Thesis, section 9.6.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> quietly time_out 1
  1 is pre_candidate term=0
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
> isolate 3
> quietly advance 3 10s
  3 is pre_candidate term=1 vote=1
> state 3
  3 is pre_candidate term=1 vote=1 last=1/1 durable=1 commit=0 applied=0
> heal
> quietly run 500
    2 commits 1
    2 applies [1/1 noop]
    3 is follower term=1 vote=1 leader=1
    3 commits 1
    3 applies [1/1 noop]
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
