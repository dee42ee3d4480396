# A learner never asks for votes, so it would hear of nobody. It calls the voters instead, and the leader answers.

> silently nodes 1 2 3 voters=1,2,3 learners=4 sleep_after=500
> silently nodes 4 voters=1,2,3 learners=4 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 4
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  4 is down
> silently restart 4
> advance 4 1500
> quietly run 4s
    1 is leader term=1 vote=1 ready
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    4 is follower term=1 leader=1
    4 commits 1
    4 applies [1/1 noop]
    2 is follower term=1 vote=1 leader=1 asleep
    3 is follower term=1 vote=1 leader=1 asleep
    4 is follower term=1 leader=1 asleep
    1 is leader term=1 vote=1 ready asleep
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  4 is follower term=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
