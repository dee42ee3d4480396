# While node 3 is cut off, its whole group moves to nodes that it has never heard of. It does not believe these at once, but when
# it has heard no leader of its own for twice the longest election time-out; here it sleeps besides when it is cut off.

> silently nodes 1 2 3 sleep_after=500
> silently nodes 4 5 voters=- sleep_after=500
> silently time_out 1
> silently run 3s
> silently isolate 3
> silently change 1 1,2,3,4,5
> silently run 1s
> members all
  1 knows 1+2+3+4+5
  2 knows 1+2+3+4+5
  3 knows 1+2+3
  4 knows 1+2+3+4+5
  5 knows 1+2+3+4+5
> silently transfer 1 4
> silently settle
> silently run 1s
> state all
  1 is follower term=2 vote=4 leader=4 last=4/2 durable=4 commit=4 applied=4
  2 is follower term=2 vote=4 leader=4 last=4/2 durable=4 commit=4 applied=4
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  4 is leader term=2 vote=4 ready last=4/2 durable=4 commit=4 applied=4
  5 is follower term=2 vote=4 leader=4 last=4/2 durable=4 commit=4 applied=4
> silently heal
> silently lose 3->1
> silently lose 1->3
> silently lose 3->2
> silently lose 2->3
> quietly run 4s
    3 is follower term=1 vote=1 leader=1
  3 is pre_candidate term=1 vote=1
> state 3
  3 is pre_candidate term=1 vote=1 last=1/1 durable=1 commit=1 applied=1
> quietly run 4s
    3 is follower term=2 leader=4
    3 commits 4
    3 applies [2/1 config{1+2+3+4+5 from 1+2+3}, 3/1 config{1+2+3+4+5}, 4/2 noop]
    1 is follower term=2 vote=4 leader=4 asleep
    2 is follower term=2 vote=4 leader=4 asleep
    3 is follower term=2 leader=4 asleep
    5 is follower term=2 vote=4 leader=4 asleep
    4 is leader term=2 vote=4 ready asleep
> state 3
  3 is follower term=2 leader=4 asleep last=4/2 durable=4 commit=4 applied=4
