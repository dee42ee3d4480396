# In a joint configuration the new voters alone commit nothing and elect nobody (Raft paper, section 6).

> silently nodes 1 2 3
> silently nodes 4 5 voters=-
> silently time_out 1
> silently run 200
> silently lose 1->2
> silently lose 1->3
> change 1 1,4,5
  1 writes #3: [2/1 config{1+4+5 from 1+2+3}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+4+5 from 1+2+3}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+4+5 from 1+2+3}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{1+4+5 from 1+2+3}]
  1->5 append term=1 prev=1/1 commit=1 [2/1 config{1+4+5 from 1+2+3}]
> quietly settle
    4 is follower term=1 leader=1
    5 is follower term=1 leader=1
    4 commits 1
    4 applies [1/1 noop]
    5 commits 1
    5 applies [1/1 noop]
> quietly run 300
> peers 1
  1 sees 2: replicate match=1 next=3 inflight=1
  1 sees 3: replicate match=1 next=3 inflight=1
  1 sees 4: replicate match=2 next=3 inflight=0
  1 sees 5: replicate match=2 next=3 inflight=0
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
# 4 has the joint configuration. It wins among the new voters, and not among the old ones.
> silently crash 1
> silently isolate 2
> silently isolate 3
> silently advance 5 1s
> quietly time_out 4
  4 is pre_candidate term=1
> quietly settle
> state 4
  4 is pre_candidate term=1 last=2/1 durable=2 commit=1 applied=1
