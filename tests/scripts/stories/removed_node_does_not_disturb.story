# A node that was removed while it was cut off does not know it, and campaigns. It disturbs nobody: without pre-vote it would raise
# its term, but a vote request of a stranger whose log is behind changes nothing (design rule 5; thesis, section 4.2.3).

> silently nodes 1 2 3 pre_vote=off
> silently time_out 1
> silently run 200
> silently isolate 3
> silently change 1 1,2
> quietly run 200
    1 commits 2
    1 applies [2/1 config{1+2}]
    1 answers p1: success
    2 commits 2
    2 applies [2/1 config{1+2}]
> quietly propose 1 a
> quietly run 200
    1 commits 3
    1 applies [3/1 a]
    1 answers p2: success index=3
    2 commits 3
    2 applies [3/1 a]
> silently heal
> quietly time_out 3
  3 is candidate term=2 vote=3
> quietly settle
> quietly time_out 3
> quietly settle
> state all
  1 is leader term=1 vote=1 ready last=3/1 durable=3 commit=3 applied=3
  2 is follower term=1 vote=1 leader=1 last=3/1 durable=3 commit=3 applied=3
  3 is candidate term=2 vote=3 last=1/1 durable=1 commit=1 applied=1
