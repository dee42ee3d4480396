# One change at a time (design rule 6): the second one is refused while the first is uncommitted, or while the group is joint.

> silently nodes 1 2 3
> silently nodes 4 5 6 voters=-
> silently time_out 1
> silently run 200
> silently delay *->*
> silently change 1 1,2,3,4
> change 1 1,2,3,5
  1 answers p2: concurrent_membership_change
> silently heal
> quietly settle
    4 is follower term=1 leader=1
    1 commits 2
    1 applies [2/1 config{1+2+3+4}]
    1 answers p1: success
    4 commits 2
    4 applies [1/1 noop, 2/1 config{1+2+3+4}]
> silently lose 1->5
> silently lose 1->6
> silently change 1 4,5,6
> quietly settle
    2 commits 2
    2 applies [2/1 config{1+2+3+4}]
    3 commits 2
    3 applies [2/1 config{1+2+3+4}]
> members 1
  1 knows 4+5+6 from 1+2+3+4, not committed
> change 1 1,2,3
  1 answers p4: concurrent_membership_change
> quietly heal
> quietly run 200
    5 is follower term=1 leader=1
    6 is follower term=1 leader=1
    5 commits 2
    5 applies [1/1 noop, 2/1 config{1+2+3+4}]
    6 commits 2
    6 applies [1/1 noop, 2/1 config{1+2+3+4}]
    1 commits 3
    1 applies [3/1 config{4+5+6 from 1+2+3+4}]
    2 commits 3
    2 applies [3/1 config{4+5+6 from 1+2+3+4}]
    3 commits 3
    3 applies [3/1 config{4+5+6 from 1+2+3+4}]
    4 commits 3
    4 applies [3/1 config{4+5+6 from 1+2+3+4}]
    5 commits 3
    5 applies [3/1 config{4+5+6 from 1+2+3+4}]
    6 commits 3
    6 applies [3/1 config{4+5+6 from 1+2+3+4}]
    1 is follower term=1 vote=1
    1 commits 4
    1 applies [4/1 config{4+5+6}]
    1 answers p3: success
    2 commits 4
    2 applies [4/1 config{4+5+6}]
    3 commits 4
    3 applies [4/1 config{4+5+6}]
    4 commits 4
    4 applies [4/1 config{4+5+6}]
    5 commits 4
    5 applies [4/1 config{4+5+6}]
    4 is candidate term=2 vote=4
    5 is follower term=2 vote=4
    6 is follower term=2 vote=4
    4 is leader term=2 vote=4
    5 is follower term=2 vote=4 leader=4
    6 is follower term=2 vote=4 leader=4
    6 commits 4
    6 applies [4/1 config{4+5+6}]
    4 commits 5
    4 applies [5/2 noop]
    4 is leader term=2 vote=4 ready
    5 commits 5
    5 applies [5/2 noop]
    6 commits 5
    6 applies [5/2 noop]
