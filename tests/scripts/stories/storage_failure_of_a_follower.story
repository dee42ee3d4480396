# A follower whose disk fails acknowledges nothing any more.

> silently nodes 1 2 3
> silently time_out 1
> silently run 200
> hold writes 2
> silently propose 1 a
> quietly deliver 1->2
> fail_storage 2
  2 is failed: the log could not be written: the disk is gone
> settle
  1->3 append
    3 writes #3: [2/1 a]
    3->1 append_reply term=1 accepted=2
  3->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> state 2
  2 is failed: the log could not be written: the disk is gone last=2/1 durable=1 commit=1 applied=1
