# A change of more than one voter goes through a joint configuration, in which the old and the new majority are needed, for
# commits and for votes. When it is committed, its leader leaves it without being asked, and here it is not part of what
# follows: it hands over and steps down (Raft paper, section 6; thesis, section 4.3).

> silently nodes 1 2 3
> silently nodes 4 5 6 voters=-
> silently time_out 1
> silently run 200
> change 1 4,5,6
  1 writes #3: [2/1 config{4+5+6 from 1+2+3}]
  1->2 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->3 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->4 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->5 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
  1->6 append term=1 prev=1/1 commit=1 [2/1 config{4+5+6 from 1+2+3}]
> members 1
  1 knows 4+5+6 from 1+2+3, not committed
> quietly settle
    4 is follower term=1 leader=1
    5 is follower term=1 leader=1
    6 is follower term=1 leader=1
    4 commits 1
    4 applies [1/1 noop]
    5 commits 1
    5 applies [1/1 noop]
    6 commits 1
    6 applies [1/1 noop]
    1 commits 2
    1 applies [2/1 config{4+5+6 from 1+2+3}]
    2 commits 2
    2 applies [2/1 config{4+5+6 from 1+2+3}]
    3 commits 2
    3 applies [2/1 config{4+5+6 from 1+2+3}]
    4 commits 2
    4 applies [2/1 config{4+5+6 from 1+2+3}]
    5 commits 2
    5 applies [2/1 config{4+5+6 from 1+2+3}]
    6 commits 2
    6 applies [2/1 config{4+5+6 from 1+2+3}]
    1 is follower term=1 vote=1
    1 commits 3
    1 applies [3/1 config{4+5+6}]
    1 answers p1: success
    2 commits 3
    2 applies [3/1 config{4+5+6}]
    3 commits 3
    3 applies [3/1 config{4+5+6}]
    4 commits 3
    4 applies [3/1 config{4+5+6}]
    5 commits 3
    5 applies [3/1 config{4+5+6}]
    4 is candidate term=2 vote=4
    5 is follower term=2 vote=4
    6 is follower term=2 vote=4
    4 is leader term=2 vote=4
    5 is follower term=2 vote=4 leader=4
    6 is follower term=2 vote=4 leader=4
    6 commits 3
    6 applies [3/1 config{4+5+6}]
    4 commits 4
    4 applies [4/2 noop]
    4 is leader term=2 vote=4 ready
> quietly run 500
    5 commits 4
    5 applies [4/2 noop]
    6 commits 4
    6 applies [4/2 noop]
> members all
  1 knows 4+5+6
  2 knows 4+5+6
  3 knows 4+5+6
  4 knows 4+5+6
  5 knows 4+5+6
  6 knows 4+5+6
> state all
  1 is follower term=1 vote=1 last=3/1 durable=3 commit=3 applied=3
  2 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
  3 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
  4 is leader term=2 vote=4 ready last=4/2 durable=4 commit=4 applied=4
  5 is follower term=2 vote=4 leader=4 last=4/2 durable=4 commit=4 applied=4
  6 is follower term=2 vote=4 leader=4 last=4/2 durable=4 commit=4 applied=4
> quietly propose 4 x
> quietly propose 5 x
  5 answers p3: node_is_not_leader
> quietly propose 6 x
  6 answers p4: node_is_not_leader
> quietly run 200
    4 commits 5
    4 applies [5/2 x]
    4 answers p2: success index=5
    5 commits 5
    5 applies [5/2 x]
    6 commits 5
    6 applies [5/2 x]
