# The removal of a leader is on its own disk alone when it dies. The other voter cannot win, as its log is shorter; so the removed
# node, which does not know its removal to be committed, campaigns, does not count itself, commits its removal, hands over and
# steps down (thesis, section 4.2.2).

> silently nodes 1 2
> silently time_out 1
> silently run 200
> silently isolate 1
> silently change 1 2
> log 1
  1 has 1/1 noop, 2/1 config{2}
> silently crash 1
> silently heal
> quietly restart 1 1
  1 is follower term=1 vote=1
> members all
  1 knows 2, not committed
  2 knows 1+2
> silently drop 1->2
> quietly time_out 2
  2 is pre_candidate term=1 vote=1
> quietly settle
    2 is follower term=1 vote=1
> quietly run 3s
  1 is pre_candidate term=1 vote=1
    1 is candidate term=2 vote=1
    2 is follower term=2 vote=1
    1 is leader term=2 vote=1
    2 is follower term=2 vote=1 leader=1
    1 is follower term=2 vote=1
    1 commits 3
    1 applies [2/1 config{2}]
    1 applies [3/2 noop]
    2 commits 3
    2 applies [2/1 config{2}, 3/2 noop]
    2 is candidate term=3 vote=2
    2 is leader term=3 vote=2
    2 commits 4
    2 applies [4/3 noop]
    2 is leader term=3 vote=2 ready
> state all
  1 is follower term=2 vote=1 last=3/2 durable=3 commit=3 applied=3
  2 is leader term=3 vote=2 ready last=4/3 durable=4 commit=4 applied=4
> time_out 1
  1 does not campaign
