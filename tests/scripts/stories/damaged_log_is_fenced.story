# A record below the end of the log is unreadable: the node cuts its log there, keeps term and vote, takes entries and
# acknowledges them, and votes when it has again what the leader has.
> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently propose 1 a
> silently propose 1 b
> silently propose 1 c
> silently propose 1 d
> silently settle
> silently run 200
> silently crash 2
> silently damage 2 3
> restart 2
  2 is follower term=1 vote=1 fenced
  2 writes #1: term=1 vote=1 lost=entries cut=3
  2 reads 1..1 for itself
  2 applies [1/1 noop]
> state 2
  2 is follower term=1 vote=1 fenced last=2/1 durable=2 commit=1 applied=1
> send 3->2 vote term=9 last=99/9 transfer
  3->2 vote
    2 is follower term=9 fenced
    2 writes #2: term=9 vote=0 lost=entries
    2->3 vote_reply term=9 refused
> state 2
  2 is follower term=9 fenced last=2/1 durable=2 commit=1 applied=1
> silently run 3s
> state 1
  1 is leader term=10 vote=1 ready last=6/10 durable=6 commit=6 applied=6
> state 2
  2 is follower term=10 leader=1 last=6/10 durable=6 commit=6 applied=6
> log 2
  2 has 1/1 noop, 2/1 a, 3/1 b, 4/1 c, 5/1 d, 6/10 noop
