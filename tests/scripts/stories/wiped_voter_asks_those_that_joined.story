# The group was begun by 1 and 2 and has grown to five. Node 2 is not the only one that has to tell its term: its answer names
# the others, and node 1 takes part in nothing until all have answered.
> silently nodes 1 2
> silently nodes 3 4 5 voters=-
> silently time_out 1
> silently run 200
> silently change 1 1,2,3,4,5
> silently run 500
> silently crash 1
> silently wipe 1
> silently lose 5->1 fence_reply
> quietly restart 1
  1 is follower term=0 fenced
> quietly run 6s
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    4 is follower term=2 vote=2
    5 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    4 is follower term=2 vote=2 leader=2
    5 is follower term=2 vote=2 leader=2
    2 commits 4
    2 applies [4/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 4
    3 applies [4/2 noop]
    4 commits 4
    4 applies [4/2 noop]
    5 commits 4
    5 applies [4/2 noop]
> state 1
  1 is follower term=0 fenced last=0/0 durable=0 commit=0 applied=0
> heal
> quietly run 1s
    1 is follower term=2 vote=1 fenced
    1 is follower term=2 vote=1 leader=2 fenced
    1 commits 4
    1 applies [1/1 noop, 2/1 config{1+2+3+4+5 from 1+2}, 3/1 config{1+2+3+4+5}, 4/2 noop]
    1 is follower term=2 vote=1 leader=2
> state all
  1 is follower term=2 vote=1 leader=2 last=4/2 durable=4 commit=4 applied=4
  2 is leader term=2 vote=2 ready last=4/2 durable=4 commit=4 applied=4
  3 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
  4 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
  5 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
