# No follower is complete and nobody takes over: after an election time-out the leader gives up, so that others may try.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> disk 2 stalled
> disk 3 stalled
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> disk 1 stalled
> quietly settle
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> quietly propose 1 b
  1 answers p2: node_is_not_leader
> quietly run 2s
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
  1 is follower term=1 vote=1
> state all
  1 is follower term=1 vote=1 last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2

# All disks are stalled. A slow leader is better than none, so after some time-outs one of them campaigns, and it leads on.
> quietly run 12s
  2 is pre_candidate term=1 vote=1
  3 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    3 is candidate term=2 vote=3
    1 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=3
    1 is follower term=2 vote=2 leader=2
    3 is follower term=2 vote=3 leader=2
    2 commits 3
    2 applies [3/2 noop]
    2 is leader term=2 vote=2 ready
    1 commits 3
    1 applies [3/2 noop]
    3 commits 3
    3 applies [3/2 noop]
> quietly propose 1 c
  1 answers p3: node_is_not_leader
> state all
  1 is follower term=2 vote=2 leader=2 last=3/2 durable=3 commit=3 applied=3
  2 is leader term=2 vote=2 ready last=3/2 durable=3 commit=3 applied=3
  3 is follower term=2 vote=3 leader=2 last=3/2 durable=3 commit=3 applied=3
