# A candidate that was stopped waits anew for the answers to its requests.

> silently nodes 1 2 3
> silently time_out 1
> jump 1 60s
> quietly settle
    1 is candidate term=1 vote=1
    2 is follower term=1 vote=1
    3 is follower term=1 vote=1
    1 is leader term=1 vote=1
    2 is follower term=1 vote=1 leader=1
    3 is follower term=1 vote=1 leader=1
    1 commits 1
    1 applies [1/1 noop]
    1 is leader term=1 vote=1 ready
