# A group of one elects itself without asking, and commits as soon as its own disk has the entry.
# Raft paper, section 5.2: a majority of one.

> nodes 1
  1 is follower term=0
> time_out 1
  1 is candidate term=1 vote=1
  1 writes #1: term=1 vote=1
  1 is leader term=1 vote=1
  1 writes #2: [1/1 noop]
  1 commits 1
  1 applies [1/1 noop]
  1 is leader term=1 vote=1 ready
> state 1
  1 is leader term=1 vote=1 ready last=1/1 durable=1 commit=1 applied=1
> hold writes 1
> propose 1 a
  1 writes #3: [2/1 a]
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=1 commit=1 applied=1
> written 1
  1 commits 2
  1 applies [2/1 a]
  1 answers p1: success index=2
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=2 commit=2 applied=2
