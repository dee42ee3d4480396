# As long as the new learner cannot be reached the leader goes on trying.

> silently nodes 1 2 3 sleep_after=500
> silently nodes 4 voters=- sleep_after=500
> silently time_out 1
> silently run 2s
> silently isolate 4
> silently change 1 1,2,3 4
> silently run 5s
> state all
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=2 applied=2
  4 is follower term=0 last=0/0 durable=0 commit=0 applied=0
> heal
> quietly run 2s
    4 is follower term=1 leader=1
    4 commits 1
    4 applies [1/1 noop]
    4 commits 2
    4 applies [2/1 config{1+2+3 learners 4}]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    4 is follower term=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  4 is follower term=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
