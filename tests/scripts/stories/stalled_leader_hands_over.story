# A leader whose disk is stalled hands over to the most complete voter that answers, and does not campaign while others can.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 1
> quietly propose 1 a
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> disk 1 stalled
  1->2 timeout_now term=1
> quietly settle
    2 is candidate term=2 vote=2
    1 is follower term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    3 is follower term=2 vote=2 leader=2
    2 commits 3
    2 applies [2/1 a, 3/2 noop]
    2 is leader term=2 vote=2 ready
> silently run 300
> state all
  1 is follower term=2 vote=2 leader=2 last=3/2 durable=1 commit=2 applied=2
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=3 applied=3

# Node 2 dies. Node 3 is elected; node 1 does not even try, though it hears no leader for longer than anybody.
> silently release writes 1
> crash 2
> quietly advance 1 3s
> quietly time_out 3
  3 is pre_candidate term=2 vote=2
> quietly run 300
    3 is candidate term=3 vote=3
    1 is follower term=3 vote=3
    3 is leader term=3 vote=3
    1 is follower term=3 vote=3 leader=3
    1 commits 3
    1 applies [3/2 noop]
    3 commits 4
    3 applies [4/3 noop]
    3 is leader term=3 vote=3 ready
    1 commits 4
    1 applies [4/3 noop]

# Its disk keeps up again: now it may be elected like any other.
> disk 1 well
> crash 3
> restart 2
  2 is follower term=2 vote=2
  2 reads 1..1 for itself
  2 applies [1/1 noop]
> quietly time_out 1
  1 is pre_candidate term=3 vote=3
> quietly run 300
    1 is candidate term=4 vote=1
    2 is follower term=4 vote=1
    1 is leader term=4 vote=1
    2 is follower term=4 vote=1 leader=1
    2 commits 4
    2 applies [2/1 a, 3/2 noop]
    2 applies [4/3 noop]
    1 commits 5
    1 applies [5/4 noop]
    1 is leader term=4 vote=1 ready
    2 commits 5
    2 applies [5/4 noop]
