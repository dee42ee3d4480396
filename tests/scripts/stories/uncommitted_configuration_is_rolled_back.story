# A new leader cuts off a configuration that was never committed: the one before holds again on the node that had it
# (Raft paper, section 6).

> silently nodes 1 2 3
> silently nodes 4 voters=-
> silently time_out 1
> silently run 200
> silently isolate 1
> change 1 1,2,3,4
  1 writes #3: [2/1 config{1+2+3+4}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
> members 1
  1 knows 1+2+3+4, not committed
> quietly run 2500
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    2 commits 2
    2 applies [2/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 2
    3 applies [2/2 noop]
  1 is follower term=1 vote=1
  1 answers p1: replication_failed
> state all
  1 is follower term=1 vote=1 last=2/1 durable=2 commit=1 applied=1
  2 is leader term=2 vote=2 ready last=2/2 durable=2 commit=2 applied=2
  3 is follower term=2 vote=2 leader=2 last=2/2 durable=2 commit=2 applied=2
  4 is follower term=0 last=0/0 durable=0 commit=0 applied=0
> silently heal
> quietly run 500
    1 is follower term=2 leader=2
    1 commits 2
    1 applies [2/2 noop]
> members all
  1 knows 1+2+3
  2 knows 1+2+3
  3 knows 1+2+3
  4 knows no group
> log all
  1 has 1/1 noop, 2/2 noop
  2 has 1/1 noop, 2/2 noop
  3 has 1/1 noop, 2/2 noop
  4 has
