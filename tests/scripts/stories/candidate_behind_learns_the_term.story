# A candidate of an older term is refused with the present one and takes it over; so does one that only asks.
# Raft paper, section 5.1.

> nodes 1 term=5 voters=1,2,3
  1 is follower term=5
> send 2->1 vote term=3 last=9/2
  2->1 vote
    1->2 vote_reply term=5 refused
> send 2->1 pre_vote term=5 last=9/2
  2->1 pre_vote
    1->2 pre_vote_reply term=5 refused
> send 2->1 pre_vote term=6 last=9/2
  2->1 pre_vote
    1->2 pre_vote_reply term=6 granted
> state 1
  1 is follower term=5 last=0/0 durable=0 commit=0 applied=0

# On the other side.
> nodes 2 term=4 voters=1,2,3
  2 is follower term=4
> silently time_out 2
> silently drop
> send 1->2 pre_vote_reply term=5 refused
  1->2 pre_vote_reply
    2 is follower term=5
    2 writes #1: term=5 vote=0
