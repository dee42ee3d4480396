# A group of five goes on with three, the leader and another one lost.

> silently nodes 1 2 3 4 5
> silently time_out 1
> silently run 200
> quietly propose 1 a
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> crash 1
> crash 5
> silently advance 3 1s
> silently advance 4 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    4 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    4 is follower term=2 vote=2 leader=2
    2 commits 3
    2 applies [2/1 a, 3/2 noop]
    2 is leader term=2 vote=2 ready
> quietly propose 2 b
> quietly settle
    3 commits 3
    3 applies [2/1 a, 3/2 noop]
    4 commits 3
    4 applies [2/1 a, 3/2 noop]
    2 commits 4
    2 applies [4/2 b]
    2 answers p2: success index=4
> restart 1
  1 is follower term=1 vote=1
  1 reads 1..1 for itself
  1 applies [1/1 noop]
> restart 5
  5 is follower term=1 vote=1
  5 reads 1..1 for itself
  5 applies [1/1 noop]
> quietly run 300
    3 commits 4
    3 applies [4/2 b]
    4 commits 4
    4 applies [4/2 b]
    1 is follower term=2 leader=2
    5 is follower term=2 leader=2
    1 commits 4
    1 applies [2/1 a]
    1 applies [3/2 noop, 4/2 b]
    5 commits 4
    5 applies [2/1 a]
    5 applies [3/2 noop, 4/2 b]
> log all
  1 has 1/1 noop, 2/1 a, 3/2 noop, 4/2 b
  2 has 1/1 noop, 2/1 a, 3/2 noop, 4/2 b
  3 has 1/1 noop, 2/1 a, 3/2 noop, 4/2 b
  4 has 1/1 noop, 2/1 a, 3/2 noop, 4/2 b
  5 has 1/1 noop, 2/1 a, 3/2 noop, 4/2 b
