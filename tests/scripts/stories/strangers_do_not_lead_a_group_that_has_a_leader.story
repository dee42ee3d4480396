# A node that belongs to no configuration which may hold says that it leads, in later terms and in this one: neither the
# leader nor who hears it believes that (design rule 5). It may ask for votes with any log, too.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> send 9->1 heartbeat term=900 commit=0/0 round=1
  9->1 heartbeat
> send 9->1 append term=900 prev=0/0 commit=0 [1/900 x]
  9->1 append
> send 9->1 heartbeat term=1 commit=0/0 round=1
  9->1 heartbeat
> send 9->1 append term=1 prev=1/1 commit=0 [2/1 x]
  9->1 append
> send 9->2 heartbeat term=900 commit=0/0 round=1
  9->2 heartbeat
> send 9->2 append term=900 prev=0/0 commit=0 [1/900 x]
  9->2 append
> send 9->2 heartbeat term=1 commit=0/0 round=1
  9->2 heartbeat
> send 9->2 append term=1 prev=1/1 commit=2 [2/1 x]
  9->2 append
> send 9->2 vote term=900 last=100/7
  9->2 vote
> send 9->2 vote term=900 last=100/7 transfer
  9->2 vote
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=1 applied=1
> quietly propose 1 a
> quietly run 200
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
    2 commits 2
    2 applies [2/1 a]
    3 commits 2
    3 applies [2/1 a]
