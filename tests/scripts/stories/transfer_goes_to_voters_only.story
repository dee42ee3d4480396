# Leadership is handed to voters only: not to a learner, however complete.

> silently nodes 1 2 3 4 voters=1,2,3 learners=4
> silently time_out 1
> silently run 200
> silently isolate 2
> silently isolate 3
> silently propose 1 a
> silently settle
> peers 1
  1 sees 2: replicate match=1 next=3 inflight=1
  1 sees 3: replicate match=1 next=3 inflight=1
  1 sees 4: replicate match=2 next=3 inflight=0
> transfer 1 4
  1 answers p2: member_not_found
> quietly transfer 1
> silently heal
> quietly run 300
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 is candidate term=2 vote=2
    1 is follower term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    1 answers p3: success
    3 is follower term=2 vote=2 leader=2
    4 is follower term=2 leader=2
    2 commits 3
    2 applies [2/1 a, 3/2 noop]
    2 is leader term=2 vote=2 ready
    1 commits 3
    1 applies [3/2 noop]
    3 commits 3
    3 applies [2/1 a, 3/2 noop]
    4 commits 3
    4 applies [2/1 a, 3/2 noop]
