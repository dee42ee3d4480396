# A heartbeat that arrives late ends a campaign that has not begun in earnest.
# Thesis, section 9.6.

> nodes 1 voters=1,2,3 term=1
  1 is follower term=1
> quietly time_out 1
  1 is pre_candidate term=1
> send 2->1 heartbeat term=1 commit=0/0 round=3
  2->1 heartbeat
    1 is follower term=1 leader=2
    1->2 heartbeat_reply term=1 round=3

# Consent that comes now counts for nothing.
> send 3->1 pre_vote_reply term=2 granted
  3->1 pre_vote_reply
> state 1
  1 is follower term=1 leader=2 last=0/0 durable=0 commit=0 applied=0
