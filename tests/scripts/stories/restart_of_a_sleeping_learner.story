# A learner never asks for votes, so it would hear of nobody. It calls the voters instead, and the leader answers.

> silently nodes 1 2 3 learners=4 voters=1,2,3 sleep_after=500
> silently nodes 4 voters=1,2,3 learners=4 sleep_after=500
> silently time_out 1
> silently run 2s
> silently crash 4
> silently restart 4
> run 2s
  4->1 heartbeat_reply term=0 round=0
  4->2 heartbeat_reply term=0 round=0
  4->3 heartbeat_reply term=0 round=0
  4->1 heartbeat_reply
  4->2 heartbeat_reply
  4->3 heartbeat_reply
> state all
  1 is leader term=1 vote=1 ready asleep last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  3 is follower term=1 vote=1 leader=1 asleep last=1/1 durable=1 commit=1 applied=1
  4 is follower term=0 last=0/0 durable=0 commit=0 applied=0
