# A follower's process is stopped for a minute. When it runs again, it waits for a whole election time-out before it
# asks for votes: what the leader sent meanwhile is still in its sockets.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> jump 3 60s
> quietly run 300
> state 3
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1

# The leader is really gone: then it campaigns after the usual time.
> crash 1
> jump 3 60s
> quietly advance 3 900
> time_out 3
  3 is pre_candidate term=1 vote=1
  3->1 pre_vote term=2 last=1/1
  3->2 pre_vote term=2 last=1/1
