# A node that restarts finds the configuration in its log, not the one it was started with; and whoever leads next leaves the joint
# configuration (thesis, section 4.3).

> silently nodes 1 2 3
> silently nodes 4 5 voters=-
> silently time_out 1
> silently run 200
> silently lose 1->4
> silently lose 1->5
> silently change 1 1,4,5
> quietly run 200
> members 2
  2 knows 1+4+5 from 1+2+3, not committed
> silently crash 1
> silently crash 2
> silently crash 3
> quietly restart 2
  2 is follower term=1 vote=1
  2 applies [1/1 noop]
> quietly restart 3
  3 is follower term=1 vote=1
  3 applies [1/1 noop]
> quietly restart 1
  1 is follower term=1 vote=1
  1 applies [1/1 noop]
> members all
  1 knows 1+4+5 from 1+2+3, not committed
  2 knows 1+4+5 from 1+2+3, not committed
  3 knows 1+4+5 from 1+2+3, not committed
  4 knows no group
  5 knows no group
> silently heal
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly run 300
    2 is candidate term=2 vote=2
    1 is follower term=2 vote=2
    3 is follower term=2 vote=2
    4 is follower term=2 vote=2
    5 is follower term=2 vote=2
    2 is leader term=2 vote=2
    1 is follower term=2 vote=2 leader=2
    3 is follower term=2 vote=2 leader=2
    4 is follower term=2 vote=2 leader=2
    5 is follower term=2 vote=2 leader=2
    4 commits 1
    4 applies [1/1 noop]
    5 commits 1
    5 applies [1/1 noop]
    2 commits 3
    2 applies [2/1 config{1+4+5 from 1+2+3}]
    2 applies [3/2 noop]
    2 is leader term=2 vote=2 ready
    1 commits 3
    1 applies [2/1 config{1+4+5 from 1+2+3}]
    1 applies [3/2 noop]
    3 commits 3
    3 applies [2/1 config{1+4+5 from 1+2+3}]
    3 applies [3/2 noop]
    4 commits 3
    4 applies [2/1 config{1+4+5 from 1+2+3}, 3/2 noop]
    5 commits 3
    5 applies [2/1 config{1+4+5 from 1+2+3}, 3/2 noop]
    2 is follower term=2 vote=2
    2 commits 4
    2 applies [4/2 config{1+4+5}]
    3 commits 4
    3 applies [4/2 config{1+4+5}]
    1 commits 4
    1 applies [4/2 config{1+4+5}]
    4 commits 4
    4 applies [4/2 config{1+4+5}]
    1 is candidate term=3 vote=1
    4 is follower term=3 vote=1
    5 is follower term=3 vote=1
    1 is leader term=3 vote=1
    4 is follower term=3 vote=1 leader=1
    5 is follower term=3 vote=1 leader=1
    5 commits 4
    5 applies [4/2 config{1+4+5}]
    1 commits 5
    1 applies [5/3 noop]
    1 is leader term=3 vote=1 ready
    4 commits 5
    4 applies [5/3 noop]
    5 commits 5
    5 applies [5/3 noop]
> members all
  1 knows 1+4+5
  2 knows 1+4+5
  3 knows 1+4+5
  4 knows 1+4+5
  5 knows 1+4+5
