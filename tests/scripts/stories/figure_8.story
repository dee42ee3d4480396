# An entry of an older term that stands on a majority is not committed: another leader may still overwrite it.
# Raft paper, section 5.4.2 and figure 8. Nodes 1 to 5 are S1 to S5; the story begins before (c), with S5 down.

> nodes 1 log=1,2 term=3 voters=1,2,3,4,5 pre_vote=off append_bytes=1
  1 is follower term=3
> nodes 2 log=1,2 term=2 voters=1,2,3,4,5 pre_vote=off append_bytes=1
  2 is follower term=2
> nodes 3 4 log=1 term=3 vote=5 voters=1,2,3,4,5 pre_vote=off append_bytes=1
  3 is follower term=3 vote=5
  4 is follower term=3 vote=5
> nodes 5 log=1,3 term=3 vote=5 voters=1,2,3,4,5 pre_vote=off append_bytes=1
  5 is follower term=3 vote=5
> crash 5

# (c) S1 is elected in term 4 and brings the entry 2/2 to S3, but not its no-op yet.
> quietly time_out 1
  1 is candidate term=4 vote=1
> quietly deliver vote
    2 is follower term=4 vote=1
    3 is follower term=4 vote=1
    4 is follower term=4 vote=1
> quietly deliver vote_reply
    1 is leader term=4 vote=1
> quietly drop heartbeat
> deliver 1->2 append 1
  1->2 append
    2 is follower term=4 vote=1 leader=1
    2 writes #2: [3/4 noop]
    2->1 append_reply term=4 accepted=2
    2->1 append_reply term=4 accepted=3
> deliver 1->3 append 1
  1->3 append
    3 is follower term=4 vote=1 leader=1
    3->1 append_reply term=4 rejected=2 conflict=1/1 last=1
> deliver 3->1 append_reply
  3->1 append_reply
    1 reads 2..2 for 3
    1->3 append term=4 prev=1/1 commit=0 [2/2 e2]
> deliver 1->3 append 1
  1->3 append
    3 writes #2: [2/2 e2]
    3->1 append_reply term=4 accepted=1
    3->1 append_reply term=4 accepted=2

# Node 1, 2 and 3 have 2/2 on disk: a majority. It is not committed.
> deliver 3->1 append_reply
  3->1 append_reply
    1->3 append term=4 prev=2/2 commit=0 [3/4 noop]
  3->1 append_reply
> drop append 1
  1->4 append is lost
> log 1
  1 has 1/1 e1, 2/2 e2, 3/4 noop
> log 2
  2 has 1/1 e1, 2/2 e2, 3/4 noop
> log 3
  3 has 1/1 e1, 2/2 e2
> state 1
  1 is leader term=4 vote=1 last=3/4 durable=3 commit=0 applied=0

# (d) S1 crashes; S5 comes back and is elected by S3 and S4. It overwrites 2/2.
> crash 1
> silently drop
> silently advance 2 1s
> silently advance 3 1s
> restart 5
  5 is follower term=3 vote=5
> silently time_out 5
> silently settle
> time_out 5
  5 is candidate term=5 vote=5
  5 writes #2: term=5 vote=5
  5->1 vote term=5 last=2/3
  5->2 vote term=5 last=2/3
  5->3 vote term=5 last=2/3
  5->4 vote term=5 last=2/3
> settle
  5->1 vote is lost
  5->2 vote
    2 is follower term=5
    2 writes #3: term=5 vote=0
    2->5 vote_reply term=5 refused
  5->3 vote
    3 is follower term=5 vote=5
    3 writes #3: term=5 vote=5
    3->5 vote_reply term=5 granted
  5->4 vote
    4 is follower term=5 vote=5
    4 writes #2: term=5 vote=5
    4->5 vote_reply term=5 granted
  2->5 vote_reply
  3->5 vote_reply
  4->5 vote_reply
    5 is leader term=5 vote=5
    5 writes #3: [3/5 noop]
    5->1 heartbeat term=5 commit=0/0 round=1
    5->2 heartbeat term=5 commit=0/0 round=1
    5->3 heartbeat term=5 commit=0/0 round=1
    5->4 heartbeat term=5 commit=0/0 round=1
    5->1 append term=5 prev=2/3 commit=0 [3/5 noop]
    5->2 append term=5 prev=2/3 commit=0 [3/5 noop]
    5->3 append term=5 prev=2/3 commit=0 [3/5 noop]
    5->4 append term=5 prev=2/3 commit=0 [3/5 noop]
  5->1 heartbeat is lost
  5->2 heartbeat
    2 is follower term=5 leader=5
    2->5 heartbeat_reply term=5 round=1
  5->3 heartbeat
    3 is follower term=5 vote=5 leader=5
    3->5 heartbeat_reply term=5 round=1
  5->4 heartbeat
    4 is follower term=5 vote=5 leader=5
    4->5 heartbeat_reply term=5 round=1
  5->1 append is lost
  5->2 append
    2->5 append_reply term=5 rejected=2 conflict=2/2 last=3
  5->3 append
    3->5 append_reply term=5 rejected=2 conflict=2/2 last=2
  5->4 append
    4->5 append_reply term=5 rejected=2 conflict=1/1 last=1
  2->5 heartbeat_reply
    5->2 append term=5 prev=2/3 commit=0 [3/5 noop]
  3->5 heartbeat_reply
    5->3 append term=5 prev=2/3 commit=0 [3/5 noop]
  4->5 heartbeat_reply
    5->4 append term=5 prev=2/3 commit=0 [3/5 noop]
  2->5 append_reply
    5 reads 2..2 for 2
    5->2 append term=5 prev=1/1 commit=0 [2/3 e2]
  3->5 append_reply
    5 reads 2..2 for 3
    5->3 append term=5 prev=1/1 commit=0 [2/3 e2]
  4->5 append_reply
    5 reads 2..2 for 4
    5->4 append term=5 prev=1/1 commit=0 [2/3 e2]
  5->2 append
    2->5 append_reply term=5 rejected=2 conflict=2/2 last=3
  5->3 append
    3->5 append_reply term=5 rejected=2 conflict=2/2 last=2
  5->4 append
    4->5 append_reply term=5 rejected=2 conflict=1/1 last=1
  5->2 append
    2 writes #4: cut=2 [2/3 e2]
    2->5 append_reply term=5 accepted=1
    2->5 append_reply term=5 accepted=2
  5->3 append
    3 writes #4: cut=2 [2/3 e2]
    3->5 append_reply term=5 accepted=1
    3->5 append_reply term=5 accepted=2
  5->4 append
    4 writes #3: [2/3 e2]
    4->5 append_reply term=5 accepted=1
    4->5 append_reply term=5 accepted=2
  2->5 append_reply
  3->5 append_reply
  4->5 append_reply
  2->5 append_reply
    5->2 append term=5 prev=2/3 commit=0 [3/5 noop]
  2->5 append_reply
  3->5 append_reply
    5->3 append term=5 prev=2/3 commit=0 [3/5 noop]
  3->5 append_reply
  4->5 append_reply
    5->4 append term=5 prev=2/3 commit=0 [3/5 noop]
  4->5 append_reply
  5->2 append
    2 writes #5: [3/5 noop]
    2->5 append_reply term=5 accepted=3
  5->3 append
    3 writes #5: [3/5 noop]
    3->5 append_reply term=5 accepted=3
  5->4 append
    4 writes #4: [3/5 noop]
    4->5 append_reply term=5 accepted=3
  2->5 append_reply
  3->5 append_reply
    5 commits 3
    5 reads 1..2 for itself
    5 applies [1/1 e1, 2/3 e2]
    5 applies [3/5 noop]
    5 is leader term=5 vote=5 ready
  4->5 append_reply
> log 2
  2 has 1/1 e1, 2/3 e2, 3/5 noop
> log 3
  3 has 1/1 e1, 2/3 e2, 3/5 noop
> state 5
  5 is leader term=5 vote=5 ready last=3/5 durable=3 commit=3 applied=3
