# A question to the leader, or its answer, may be lost or come twice: the follower repeats it each heartbeat interval,
# under a new number, until the read's time is over.

> nodes 1 2 3 proposal_timeout=2s
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> ask 3 follower
  3->1 read_index term=1 request=1
> drop 3->1
  3->1 read_index is lost
> advance 3 50
> advance 3 50
  3->1 read_index term=1 request=2
> duplicate 3->1
> deliver 3->1
  3->1 read_index
    1->2 heartbeat term=1 commit=1/1 round=2
    1->3 heartbeat term=1 commit=1/1 round=2
  3->1 read_index
> lose read_index_reply
> settle
  1->2 heartbeat
    2 commits 1
    2->1 heartbeat_reply term=1 round=2
    2 applies [1/1 noop]
  1->3 heartbeat
    3 commits 1
    3->1 heartbeat_reply term=1 round=2
    3 applies [1/1 noop]
  2->1 heartbeat_reply
    1->3 read_index_reply term=1 request=2 index=1
  3->1 heartbeat_reply
  1->3 read_index_reply is lost
> heal
> run 100
  1->2 heartbeat term=1 commit=1/1 round=3
  1->3 heartbeat term=1 commit=1/1 round=3
  3->1 read_index term=1 request=3
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  3->1 read_index
    1->2 heartbeat term=1 commit=1/1 round=4
    1->3 heartbeat term=1 commit=1/1 round=4
  2->1 heartbeat_reply
  3->1 heartbeat_reply
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=4
  2->1 heartbeat_reply
    1->3 read_index_reply term=1 request=3 index=1
  3->1 heartbeat_reply
  1->3 read_index_reply
    3 answers p1: success index=1
> ask 3 follower
  3->1 read_index term=1 request=4
> lose 3->1
> quietly run 2s
  3 answers p2: proposal_timeout
