# A follower needs entries that are compacted away. The leader notices once, and sends it heartbeats and a snapshot: no
# storm of refused appends.

> nodes 1 2 voters=1,2,3 boundary=10/3 log=3x2 term=3
  1 is follower term=3
  2 is follower term=3
> nodes 3 voters=1,2,3
  3 is follower term=0
> silently time_out 1
> quietly settle
    1 is candidate term=4 vote=1
    2 is follower term=4 vote=1
    3 is follower term=4 vote=1
    1 is leader term=4 vote=1
    2 is follower term=4 vote=1 leader=1
    3 is follower term=4 vote=1 leader=1
    1 commits 13
    1 applies [11/3 e11, 12/3 e12]
    1 applies [13/4 noop]
    1 is leader term=4 vote=1 ready
> peers 1
  1 sees 2: replicate match=13 next=14 inflight=0
  1 sees 3: snapshot match=0 next=1 inflight=0
> advance 1 100
  1->2 heartbeat term=4 commit=13/4 round=1
  1->2 heartbeat term=4 commit=13/4 round=2
  1->3 heartbeat term=4 commit=0/0 round=2
> deliver 1->3
  1->3 heartbeat
    3->1 heartbeat_reply term=4 round=2
> deliver 3->1
  3->1 heartbeat_reply
    1 exports for 3 from 0
    1->3 snapshot term=4 session=1 at=13/4 offset=0 data=e11,e12 last
> quietly settle
    2 commits 13
    2 applies [11/3 e11, 12/3 e12]
    2 applies [13/4 noop]
    3 imports 13/4: "e11,e12"
    3 commits 13
