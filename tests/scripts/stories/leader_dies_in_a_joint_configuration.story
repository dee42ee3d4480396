# The leader dies after the joint configuration was committed and before the final one was. The next leader finishes the change
# once its own no-op has committed (thesis, section 4.3).

> silently nodes 1 2 3
> silently nodes 4 5 voters=-
> silently time_out 1
> silently run 200
> silently change 1 2,4,5
> silently deliver append
> silently deliver append_reply
> silently deliver append
> quietly deliver append_reply
    1 commits 2
    1 applies [2/1 config{2+4+5 from 1+2+3}]
> log 1
  1 has 1/1 noop, 2/1 config{2+4+5 from 1+2+3}, 3/1 config{2+4+5}
> silently drop append
> silently crash 1
> members 2
  2 knows 2+4+5 from 1+2+3, not committed
> quietly run 3s
  2 is pre_candidate term=1 vote=1
    2 is candidate term=2 vote=2
    3 is follower term=2 vote=2
    4 is follower term=2 vote=2
    5 is follower term=2 vote=2
    2 is leader term=2 vote=2
    3 is follower term=2 vote=2 leader=2
    4 is follower term=2 vote=2 leader=2
    5 is follower term=2 vote=2 leader=2
    2 commits 3
    2 applies [2/1 config{2+4+5 from 1+2+3}, 3/2 noop]
    2 is leader term=2 vote=2 ready
    3 commits 3
    3 applies [2/1 config{2+4+5 from 1+2+3}, 3/2 noop]
    4 commits 3
    4 applies [2/1 config{2+4+5 from 1+2+3}, 3/2 noop]
    5 commits 3
    5 applies [2/1 config{2+4+5 from 1+2+3}, 3/2 noop]
    2 commits 4
    2 applies [4/2 config{2+4+5}]
    3 commits 4
    3 applies [4/2 config{2+4+5}]
    4 commits 4
    4 applies [4/2 config{2+4+5}]
    5 commits 4
    5 applies [4/2 config{2+4+5}]
> members 2
  2 knows 2+4+5
> members 4
  4 knows 2+4+5
> state all
  1 is down
  2 is leader term=2 vote=2 ready last=4/2 durable=4 commit=4 applied=4
  3 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
  4 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
  5 is follower term=2 vote=2 leader=2 last=4/2 durable=4 commit=4 applied=4
