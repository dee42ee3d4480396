# Consent goes only to a log that could win: the same comparison as for a vote, and nothing changes.
# Thesis, section 9.6.

> nodes 1 log=1x3,2x2 term=2 voters=1,2,3
  1 is follower term=2
> send 2->1 pre_vote term=3 last=9/1
  2->1 pre_vote
    1->2 pre_vote_reply term=2 refused
> send 2->1 pre_vote term=3 last=4/2
  2->1 pre_vote
    1->2 pre_vote_reply term=2 refused
> send 2->1 pre_vote term=3 last=5/2
  2->1 pre_vote
    1->2 pre_vote_reply term=3 granted
> send 3->1 pre_vote term=3 last=5/2
  3->1 pre_vote
    1->3 pre_vote_reply term=3 granted
> state 1
  1 is follower term=2 last=5/2 durable=5 commit=0 applied=0
