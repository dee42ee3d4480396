# In a joint configuration the old voters alone commit nothing and elect nobody (Raft paper, section 6).

> silently nodes 1 2 3
> silently nodes 4 5 6 voters=-
> silently time_out 1
> silently run 200
> silently isolate 4
> silently isolate 5
> silently isolate 6
> change 1 4,5,6
  1 writes #3: [2/1 config{4+5+6 from 1+2+3}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->5 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->6 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
> quietly settle
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
> silently isolate 1
> silently advance all 1s
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
> state 2
  2 is pre_candidate term=1 vote=1 last=2/1 durable=2 commit=1 applied=1
