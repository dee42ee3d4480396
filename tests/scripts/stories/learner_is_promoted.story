# A learner that has caught up becomes a voter by one entry: a single voter more is changed directly (thesis, section 4.1).
# From the moment that the entry is in the leader's log, three of four are needed.

> silently nodes 1 2 3 4 voters=1,2,3 learners=4
> silently time_out 1
> silently run 200
> silently isolate 3
> change 1 1,2,3,4
  1 writes #3: [2/1 config{1+2+3+4}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3+4}]
> settle
  1->2 append
    2 writes #3: [2/1 config{1+2+3+4}]
    2->1 append_reply term=1 accepted=2
  1->3 append is lost
  1->4 append
    4 writes #3: [2/1 config{1+2+3+4}]
    4->1 append_reply term=1 accepted=2
  2->1 append_reply
  4->1 append_reply
    1 commits 2
    1 applies [2/1 config{1+2+3+4}]
    1 answers p1: success
> members 4
  4 knows 1+2+3+4, not committed
> silently isolate 4
> propose 1 a
  1 writes #4: [3/1 a]
  1->2 append term=1 prev=2/1 commit=2 [3/1 a]
  1->3 append term=1 prev=2/1 commit=2 [3/1 a]
  1->4 append term=1 prev=2/1 commit=2 [3/1 a]
> quietly settle
    2 commits 2
    2 applies [2/1 config{1+2+3+4}]
> state 1
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=2 applied=2
> silently heal
> quietly run 200
    4 commits 2
    4 applies [2/1 config{1+2+3+4}]
    3 commits 2
    3 applies [2/1 config{1+2+3+4}]
    1 commits 3
    1 applies [3/1 a]
    1 answers p2: success index=3
    2 commits 3
    2 applies [3/1 a]
    3 commits 3
    3 applies [3/1 a]
    4 commits 3
    4 applies [3/1 a]
> state all
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=3 applied=3
  2 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
  3 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
  4 is follower term=1 leader=1 last=3/1 durable=3 commit=3 applied=3
