/// Requests to the raft actor, their answers, and the events it publishes.
///
/// Ask with `caf::infinite`: every request ends with a status in bounded time by itself, while CAF keeps each finite
/// time-out in memory until it expires.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/entry.hpp"
#include "kommander/status.hpp"
#include "kommander/types.hpp"

namespace kommander {

// -- requests -----------------------------------------------------------------------------------------------------

/// Appends entries to a partition's log. Many payloads are one proposal: consecutive indexes, all or nothing.
struct propose {
  partition_id partition;
  std::string type;            ///< The application's name for the entries; 0 to 255 bytes.
  std::vector<bytes> payloads; ///< At least one; none empty; each at most `payload_bytes_max`.

  propose() = default;

  propose(partition_id where, std::string what, bytes payload) : partition{where}, type{std::move(what)} {
    payloads.push_back(std::move(payload));
  }

  propose(partition_id where, std::string what, std::vector<bytes> many)
    : partition{where},
      type{std::move(what)},
      payloads{std::move(many)} {
    // nop
  }
};

struct propose_result {
  status code = status::errored;
  hlc_timestamp ticket; ///< Of the proposal; zero if it was not appended.
  log_index index;      ///< Of the last entry; zero if it was not appended.
  node_info leader;     ///< Who leads, as far as known; id zero: nobody known.
  std::string reason;   ///< For people; empty on success.
};

/// Ends when `partition` has had one leader for `stable_for` that has committed in its term, or after `timeout`.
struct wait_for_leader {
  partition_id partition;
  std::chrono::milliseconds stable_for{0};
  std::chrono::milliseconds timeout{10000};
};

/// What this node knows now.
struct get_leader {
  partition_id partition;
};

/// `success` if this node leads the partition and is ready for proposals, `node_is_not_leader` otherwise.
struct is_leader {
  partition_id partition;
};

struct leader_result {
  status code = status::errored;
  node_info leader; ///< Id zero: nobody known.
  raft_term term;
};

/// Asks when a read of this node's state machine may begin. After success, one with policy leader or follower sees
/// whatever any caller was told before the request was sent (it is linearizable); no entry is written for it. Without
/// success nothing has happened: the request may be repeated, here or elsewhere.
struct read_barrier {
  partition_id partition;
  read_policy policy = read_policy::leader;
};

/// `node_is_not_leader` with policy leader, also if leadership is lost meanwhile; `proposal_timeout` if nobody could be
/// proved to lead in time; `proposal_queue_full` if too many wait.
struct read_result {
  status code = status::errored;
  log_index index;    ///< Everything up to here is applied on this node; zero without success.
  node_info leader;   ///< Who leads, as far as known; id zero: nobody known.
  std::string reason; ///< For people; empty on success.
};

/// Hands leadership of a partition to `target`, or to the most up-to-date peer if that is zero. Leader only.
struct transfer_leadership {
  partition_id partition;
  node_id target;
};

/// Gives up leadership without naming a successor. Leader only.
struct step_down {
  partition_id partition;
};

/// Keeps this node from compacting the entries of a partition from `index` on (zero: from the first one that it has), in
/// place of what `owner` had it keep before. A hold ends when it is released, when its owner ends, or with the node: it
/// is not stored. Holds that are forgotten fill the disk. `snapshot_required`: some of these entries are gone already.
struct retain {
  partition_id partition;
  log_index index;
  caf::strong_actor_ptr owner;
};

/// Ends what `owner` has retained in a partition of this node. Success, too, if there is nothing.
struct release {
  partition_id partition;
  caf::strong_actor_ptr owner;
};

/// Ends when every partition of this node has finished its restore and knows a leader.
struct join {};

/// Ends all partitions, answers everything that waits, closes the log and the transport; answered when all is closed.
struct stop {};

struct operation_result {
  status code = status::errored;
  std::string reason; ///< For people; empty on success.
};

/// The state of some partitions, or of all if none is named.
struct get_status {
  std::vector<partition_id> partitions;
};

enum class raft_role : std::uint8_t { follower = 0, pre_candidate = 1, candidate = 2, leader = 3, failed = 4 };

std::string_view to_string(raft_role x) noexcept;

/// What a leader has to do with snapshots for a peer.
enum class snapshot_progress : std::uint8_t {
  none = 0,              ///< The log has the entries that the peer needs.
  waiting = 1,           ///< It needs a snapshot; none is on its way yet.
  sending = 2,           ///< It is being sent one.
  snapshot_required = 3, ///< It needs one, and the leader's state machine does not export: it stays behind.
};

std::string_view to_string(snapshot_progress x) noexcept;

/// How far a peer is, as its leader knows.
struct peer_status {
  node_id peer;
  log_index match;
  log_index next;
  bool recently_active = false;
  snapshot_progress snapshot = snapshot_progress::none;
  std::uint64_t snapshot_bytes = 0; ///< Sent of the present one.
};

struct partition_status {
  partition_id partition;
  raft_role role = raft_role::follower;
  raft_term term;
  node_info leader;
  log_index first; ///< First entry kept.
  log_index
    kept; ///< A restart delivers the entries after this one, or after those that the state machine holds durably.
  log_index checkpoint;    ///< The last one whose entries the state machine has answered for; zero: none.
  std::uint64_t holds = 0; ///< How many owners have entries retained.
  log_index last;
  log_index commit;
  log_index applied;
  std::uint64_t waiting_proposals = 0;
  bool ready = false;             ///< Leads, and takes proposals.
  bool fenced = false;            ///< Lost, or may have lost, what it had acknowledged: does not vote until caught up.
  std::vector<peer_status> peers; ///< On the leader only.
  std::string failure;            ///< Why the partition stopped here; empty while it works.
};

struct node_status {
  node_info self;
  std::string cluster_id;
  std::vector<node_info> members;
  std::vector<partition_status> partitions;
  std::uint64_t syncs = 0;        ///< Of the log since start.
  std::uint64_t group_writes = 0; ///< Writes that carried at least one partition's data.
  std::uint64_t writes = 0;       ///< Partitions' writes that went into them.
};

// -- events -------------------------------------------------------------------------------------------------------

struct restore_started {
  partition_id partition;
  log_index index; ///< Delivery begins after it.
};

struct restore_finished {
  partition_id partition;
  log_index index; ///< Everything up to here has been delivered.
};

/// The state machine refused an entry.
struct replication_error {
  partition_id partition;
  log_index index;
  std::string reason;
};

/// On the new leader itself: sent after everything it inherited is applied.
struct leader_changed {
  partition_id partition;
  node_info leader; ///< Id zero: nobody known.
  raft_term term;
};

/// A broken invariant, damaged log or failed write has stopped this partition on this node. The process goes on.
struct partition_failed {
  partition_id partition;
  std::string reason;
};

/// Gets the events to which it subscribed, in order.
using event_listener = cafx::typed<void(restore_started), void(restore_finished), void(replication_error),
                                   void(leader_changed), void(partition_failed)>;

/// Events from now on go to `listener`, until it ends or unsubscribes. It first gets the present leaders.
struct subscribe {
  event_listener listener;
};

struct unsubscribe {
  event_listener listener;
};

// -- the handle ---------------------------------------------------------------------------------------------------

/// A node of the cluster: the application's only handle to it.
using raft_actor =
  cafx::typed<propose_result(propose), leader_result(wait_for_leader), leader_result(get_leader),
              leader_result(is_leader), operation_result(transfer_leadership), operation_result(step_down),
              operation_result(join), operation_result(stop), read_result(read_barrier), node_status(get_status),
              operation_result(retain), operation_result(release), void(subscribe), void(unsubscribe)>;

// -- inspection ---------------------------------------------------------------------------------------------------

KOMMANDER_INSPECT(propose, x.partition, x.type, x.payloads)
KOMMANDER_INSPECT(propose_result, x.code, x.ticket, x.index, x.leader, x.reason)
KOMMANDER_INSPECT(wait_for_leader, x.partition, x.stable_for, x.timeout)
KOMMANDER_INSPECT(get_leader, x.partition)
KOMMANDER_INSPECT(is_leader, x.partition)
KOMMANDER_INSPECT(leader_result, x.code, x.leader, x.term)
KOMMANDER_INSPECT(transfer_leadership, x.partition, x.target)
KOMMANDER_INSPECT(step_down, x.partition)
KOMMANDER_INSPECT(read_barrier, x.partition, x.policy)
KOMMANDER_INSPECT(read_result, x.code, x.index, x.leader, x.reason)
KOMMANDER_INSPECT(join)
KOMMANDER_INSPECT(stop)
KOMMANDER_INSPECT(operation_result, x.code, x.reason)
KOMMANDER_INSPECT(get_status, x.partitions)
KOMMANDER_INSPECT(retain, x.partition, x.index, x.owner)
KOMMANDER_INSPECT(release, x.partition, x.owner)
KOMMANDER_INSPECT(peer_status, x.peer, x.match, x.next, x.recently_active, x.snapshot, x.snapshot_bytes)
KOMMANDER_INSPECT(partition_status, x.partition, x.role, x.term, x.leader, x.first, x.kept, x.checkpoint, x.holds,
                  x.last, x.commit, x.applied, x.waiting_proposals, x.ready, x.fenced, x.peers, x.failure)
KOMMANDER_INSPECT(node_status, x.self, x.cluster_id, x.members, x.partitions, x.syncs, x.group_writes, x.writes)

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::replication_error)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::leader_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::unsubscribe)

CAF_BEGIN_TYPE_ID_BLOCK(kommander_messages, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(kommander_messages, (kommander::propose))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::propose_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::wait_for_leader))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::get_leader))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::is_leader))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::leader_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::transfer_leadership))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::step_down))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::join))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::stop))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::operation_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::get_status))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::node_status))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::read_barrier))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::read_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::retain))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::release))
CAF_END_TYPE_ID_BLOCK(kommander_messages)
