# The leader sends an entry while its own disk still writes it. Its own write is one acknowledgement and no more: with
# one follower's it makes two of three.
# Thesis, section 10.2.1 (writing to the leader's disk in parallel).

> silently nodes 1 2 3
> silently time_out 1
> silently settle
> crash 3
> hold writes 1
> propose 1 a
  1 writes #3: [2/1 a]
  1->2 append term=1 prev=1/1 commit=1 [2/1 a]
  1->3 append term=1 prev=1/1 commit=1 [2/1 a]
> quietly settle
    2 commits 1
    2 applies [1/1 noop]
> state 1
  1 is leader term=1 vote=1 ready last=2/1 durable=1 commit=1 applied=1
> state 2
  2 is follower term=1 vote=1 leader=1 last=2/1 durable=2 commit=1 applied=1

# Only now it is on two disks.
> written 1
  1 commits 2
  1 applies [2/1 a]
  1 answers p1: success index=2
