# A follower asks its leader, which proves that it leads and tells its commit index. The follower answers when it has
# applied that much. Reads that come while it asks share the next question.

> nodes 1 2 3
  1 is follower term=0
  2 is follower term=0
  3 is follower term=0
> silently time_out 1
> silently settle
> silently propose 1 a
> lose 1->3 append
> settle
  1->2 append
    2 commits 1
    2 writes #3: [2/1 a]
    2 applies [1/1 noop]
    2->1 append_reply term=1 accepted=2
  1->3 append is lost
  2->1 append_reply
    1 commits 2
    1 applies [2/1 a]
    1 answers p1: success index=2
> ask 3 follower
  3->1 read_index term=1 request=1
> ask 3 follower
> deliver 3->1
  3->1 read_index
    1->2 heartbeat term=1 commit=2/1 round=2
    1->3 heartbeat term=1 commit=1/1 round=2
> deliver 1->2
  1->2 heartbeat
    2 commits 2
    2->1 heartbeat_reply term=1 round=2
    2 applies [2/1 a]
> deliver 2->1
  2->1 heartbeat_reply
    1->3 read_index_reply term=1 request=1 index=2
> deliver 1->3
  1->3 heartbeat
    3 commits 1
    3->1 heartbeat_reply term=1 round=2
    3 applies [1/1 noop]
  1->3 read_index_reply
    3->1 read_index term=1 request=2
> heal
> settle
  3->1 heartbeat_reply
    1->3 append term=1 prev=2/1 commit=2 []
  3->1 read_index
    1->2 heartbeat term=1 commit=2/1 round=3
    1->3 heartbeat term=1 commit=1/1 round=3
  1->3 append
    3->1 append_reply term=1 rejected=2 conflict=1/1 last=1
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=3
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=3
  3->1 append_reply
    1->3 append term=1 prev=1/1 commit=2 [2/1 a]
  2->1 heartbeat_reply
    1->3 read_index_reply term=1 request=2 index=2
  3->1 heartbeat_reply
    1->3 append term=1 prev=1/1 commit=2 [2/1 a]
  1->3 append
    3 commits 2
    3 writes #3: [2/1 a]
    3 applies [2/1 a]
    3->1 append_reply term=1 accepted=2
    3 answers p2: success index=2
  1->3 read_index_reply
    3 answers p3: success index=2
  1->3 append
    3->1 append_reply term=1 accepted=2
  3->1 append_reply
  3->1 append_reply
> run 100
  1->2 heartbeat term=1 commit=2/1 round=4
  1->3 heartbeat term=1 commit=2/1 round=4
  1->2 heartbeat
    2->1 heartbeat_reply term=1 round=4
  1->3 heartbeat
    3->1 heartbeat_reply term=1 round=4
  2->1 heartbeat_reply
  3->1 heartbeat_reply
> ask 2
  2 answers p4: node_is_not_leader
