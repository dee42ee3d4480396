# A leader that is the only voter needs nobody's answer, but its no-op must have committed.

> nodes 1
  1 is follower term=0
> hold writes 1
> silently time_out 1
> silently written 1
> state 1
  1 is leader term=1 vote=1 last=1/1 durable=0 commit=0 applied=0
> ask 1
> written 1
  1 commits 1
  1 applies [1/1 noop]
  1 is leader term=1 vote=1 ready
  1 answers p1: success index=1
> release writes 1
> ask 1
  1 answers p2: success index=1
> jump 1 60s
> ask 1
  1 answers p3: success index=1
