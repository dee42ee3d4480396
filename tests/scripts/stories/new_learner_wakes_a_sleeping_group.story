# A node that is added to a sleeping group is contacted at once, gets everything, and sleeps with the others.

> silently nodes 1 2 3 sleep_after=500
> silently nodes 4 voters=- sleep_after=500
> silently time_out 1
> silently run 2s
> state 1
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
> quietly change 1 1,2,3 4
  1 is leader term=1 vote=1 ready
> quietly run 2s
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    4 is follower term=1 leader=1
    1 commits 2
    1 applies [2/1 config{1+2+3 learners 4}]
    1 answers p1: success
    4 commits 1
    4 applies [1/1 noop]
    4 commits 2
    4 applies [2/1 config{1+2+3 learners 4}]
    2 commits 2
    2 applies [2/1 config{1+2+3 learners 4}]
    3 commits 2
    3 applies [2/1 config{1+2+3 learners 4}]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    4 is follower term=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=2/1 durable=2 commit=2 applied=2
  2 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  3 is follower term=1 vote=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
  4 is follower term=1 leader=1 asleep last=2/1 durable=2 commit=2 applied=2
