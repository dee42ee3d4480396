# A follower acknowledges an append only when its disk has it, and so the leader commits nothing before.
# Raft paper, section 5.3 and figure 2; the rule that Jepsen tests break most often.

> silently nodes 1 2 3
> silently time_out 1
> silently settle
> crash 3
> hold writes 2
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> deliver 1->2
  1->2 append
    2 commits 1
    2 writes #3: [2/1 a]
    2 applies [1/1 noop]
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=1 applied=1
> written 2
  2->1 append_reply term=1 accepted=2
> deliver 2->1
  2->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
