# A leader gives up, and nobody leads until others are elected. Who belongs to no configuration that may hold is not believed
# meanwhile, neither as a leader nor as a candidate, though nobody is heard for longer than an election time-out.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> silently step_down 1
> quietly send 9->1 heartbeat term=900 commit=0/0 round=1
> quietly send 9->1 heartbeat term=1 commit=0/0 round=1
> quietly send 9->2 heartbeat term=1 commit=0/0 round=1
> silently isolate 1
> silently advance 2 1s
> silently advance 3 1s
> quietly send 9->2 heartbeat term=900 commit=0/0 round=1
> quietly send 9->3 append term=1 prev=1/1 commit=2 [2/1 x]
> quietly send 9->3 vote term=1 last=100/7
> quietly send 9->3 vote term=900 last=100/7
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly send 9->2 heartbeat term=901 commit=0/0 round=1
> quietly settle
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
> quietly send 9->3 heartbeat term=2 commit=0/0 round=1
> state all
  1 is follower term=1 vote=1 last=1/1 durable=1 commit=1 applied=1
  2 is leader term=2 vote=2 ready last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 last=2/2 durable=2 commit=1 applied=1
