# A leader changes nothing before its own no-op has committed: it does not know yet which configuration is committed, and another
# leader's change might be decided by a majority that has no node in common with its own (thesis, section 4.1; design rule 4).

> silently nodes 1 2 3
> silently time_out 1
> silently deliver pre_vote
> silently deliver pre_vote_reply
> silently deliver vote
> silently deliver vote_reply
> state 1
  1 is leader term=1 vote=1 last=1/1 durable=1 commit=0 applied=0
> change 1 1,2
  1 answers p1: node_is_not_leader
> change 2 1,2
  2 answers p2: node_is_not_leader
> quietly settle
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
> change 1 1,2
  1 writes #3: [2/1 config{1+2}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+2}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+2}]
