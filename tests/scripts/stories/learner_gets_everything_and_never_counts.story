# A learner gets entries, heartbeats and commits. It is not asked for votes, its acknowledgement does not commit, and it never
# campaigns (thesis, section 4.2.1; design rule 6).

> silently nodes 1 2 3
> silently nodes 4 voters=-
> silently time_out 1
> silently run 200
> change 1 1,2,3 4
  1 writes #3: [2/1 config{1+2+3 learners 4}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3 learners 4}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3 learners 4}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{1+2+3 learners 4}]
> settle
  1->2 append
    2 writes #3: [2/1 config{1+2+3 learners 4}]
    2->1 append_reply term=1 accepted=2
  1->3 append
    3 writes #3: [2/1 config{1+2+3 learners 4}]
    3->1 append_reply term=1 accepted=2
  1->4 append
    4 is follower term=1 leader=1
    4 writes #1: term=1 vote=0
    4->1 append_reply term=1 rejected=1 conflict=0/0 last=0
  2->1 append_reply
    1 commits 2
    1 applies [2/1 config{1+2+3 learners 4}]
    1 answers p1: success
  3->1 append_reply
  4->1 append_reply
    1->4 append term=1 prev=0/0 commit=2 [1/1 noop, 2/1 config{1+2+3 learners 4}]
  1->4 append
    4 commits 2
    4 writes #2: [1/1 noop, 2/1 config{1+2+3 learners 4}]
    4 applies [1/1 noop, 2/1 config{1+2+3 learners 4}]
    4->1 append_reply term=1 accepted=2
  4->1 append_reply
> quietly run 300
    2 commits 2
    2 applies [2/1 config{1+2+3 learners 4}]
    3 commits 2
    3 applies [2/1 config{1+2+3 learners 4}]
> members all
  1 knows 1+2+3 learners 4
  2 knows 1+2+3 learners 4
  3 knows 1+2+3 learners 4
  4 knows 1+2+3 learners 4
> propose 1 a
  1 writes #4: [3/1 a]
  1->2 append term=1 prev=2/1 commit=2 [3/1 a]
  1->3 append term=1 prev=2/1 commit=2 [3/1 a]
  1->4 append term=1 prev=2/1 commit=2 [3/1 a]
> drop 1->2
  1->2 append is lost
> drop 1->3
  1->3 append is lost
> settle
  1->4 append
    4 writes #3: [3/1 a]
    4->1 append_reply term=1 accepted=3
  4->1 append_reply
> state 1
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=2 applied=2
> time_out 4
  4 does not campaign
> silently crash 1
> time_out 2
  2 is pre_candidate term=1 vote=1
  2->1 pre_vote term=2 last=2/1
  2->3 pre_vote term=2 last=2/1
