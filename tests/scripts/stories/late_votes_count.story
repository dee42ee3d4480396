# On a busy machine answers take longer than an election time-out. A candidate that nobody has refused asks those who have not
# answered again, in the same term, and what they answer to the first question counts.

> silently nodes 1 2 3
> silently delay vote
> quietly time_out 1
  1 is pre_candidate term=0
> quietly settle
    1 is candidate term=1 vote=1
> time_out 1
  1->2 vote term=1 last=0/0
  1->3 vote term=1 last=0/0
> time_out 1
  1->2 vote term=1 last=0/0
  1->3 vote term=1 last=0/0
> quietly heal
> quietly settle
    2 is follower term=1 vote=1
    3 is follower term=1 vote=1
    1 is leader term=1 vote=1
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
> state all
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
  2 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
  3 is follower term=1 vote=1 leader=1 last=1/1 durable=1 commit=0 applied=0
