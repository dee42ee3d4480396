# A node may lag behind: the leader, or a candidate that needs its vote, may be a member that it does not know yet. So it follows
# whoever leads a term, and grants its vote to a stranger whose log is complete (Raft paper, end of section 6); but not before it
# has heard no leader for twice the longest election time-out. Whose term is absurd is not believed then, either.

> silently nodes 1 2 3 voters=1,2,3
> send 9->2 append term=4 prev=0/0 commit=0 [1/4 x]
  9->2 append
> silently advance 2 3900
> send 9->2 append term=4 prev=0/0 commit=0 [1/4 x]
  9->2 append
> silently advance 2 100
> send 9->2 append term=4294967299 prev=0/0 commit=0 [1/4 x]
  9->2 append
> quietly send 9->2 append term=4 prev=0/0 commit=0 [1/4 x]
    2 is follower term=4 leader=9
> state 2
  2 is follower term=4 leader=9 last=1/4 durable=1 commit=0 applied=0
> silently advance 3 4s
> send 9->3 vote term=6 last=5/5
  9->3 vote
    3 is follower term=6 vote=9
    3 writes #1: term=6 vote=9
    3->9 vote_reply term=6 granted
> send 9->3 append term=6 prev=0/0 commit=0 [1/6 x]
  9->3 append
    3 is follower term=6 vote=9 leader=9
    3 writes #2: [1/6 x]
    3->9 append_reply term=6 accepted=1
> state 3
  3 is follower term=6 vote=9 leader=9 last=1/6 durable=1 commit=0 applied=0
