/// Requests to the raft actor, their answers, and the events it publishes.
///
/// Ask with `caf::infinite`: every request ends with a status in bounded time by itself, while CAF keeps each finite
/// time-out in memory until it expires.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/entry.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"
#include "kommander/types.hpp"

namespace kommander {

// -- requests -----------------------------------------------------------------------------------------------------

/// Appends entries to a partition's log. Many payloads are one proposal: consecutive indexes, all or nothing.
///
/// A proposal with `client` and `sequence` may be repeated, at any leader, until it has been answered: it is applied once,
/// and every success tells the position of the first. A session begins with sequence 1 and ends when the client has
/// proposed nothing for an hour, by the time of the log; each further proposal takes the next number, and the answers to
/// the last 64 are remembered. What cannot be told any more is answered with `session_expired`. Begin with something that
/// may be applied twice, if the client might repeat its first request after more than an hour.
struct propose {
  partition_id partition;
  std::string type;            ///< The application's name for the entries; 0 to 255 bytes.
  std::vector<bytes> payloads; ///< At least one; none empty; each at most `payload_bytes_max`.
  /// False: the entries wait for `commit_proposal` or `rollback_proposal` with the ticket of the result, from any leader
  /// and after any failure, and reach no state machine before. Later proposals do not wait for them.
  bool auto_commit = true;
  generation expected_generation;  ///< Not zero: `partition_moved` unless the partition has it.
  std::uint32_t place = any_place; ///< `route_key` of what is written: `partition_moved` where it is not owned.
  client_id client;                ///< Zero: a retry may be applied twice.
  std::uint64_t sequence = 0;      ///< With a client: from 1.
  std::chrono::milliseconds decide_within{0}; ///< Not auto_commit: rolled back if undecided for so long; zero: never.

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

/// One entry of a `propose_batch`; a proposal of its own, as in `propose`.
struct batch_entry {
  std::string type;
  bytes payload;
  bool auto_commit = true;
  generation expected_generation;
  std::uint32_t place = any_place;
};

/// Proposals of different kinds in one request: appended in this order, each with its own ticket, index and result. One
/// that is refused does not hinder the others.
struct propose_batch {
  partition_id partition;
  std::vector<batch_entry> entries;
  client_id client;
  std::uint64_t sequence = 0; ///< With a client: of the first entry; the others have the next numbers. At most 64 then.
  std::chrono::milliseconds decide_within{0};
};

struct propose_batch_result {
  std::vector<propose_result> results; ///< One for each entry.
};

/// Decides a proposal that was made without `auto_commit`: its entries reach the state machine where the decision stands in
/// the log. The same decision again is a success, with the index of the first; the opposite one is `errored`, with the
/// reason; `proposal_not_found`: there is no such ticket, or it was decided 4,096 decisions ago.
struct commit_proposal {
  partition_id partition;
  hlc_timestamp ticket;
};

/// The other decision: its entries never reach the state machine.
struct rollback_proposal {
  partition_id partition;
  hlc_timestamp ticket;
};

/// Declares that everything proposed so far is safe without the log: what stands before may be compacted away, on every
/// node, and delivery after a restart begins behind it. `active_proposal` while earlier proposals are not committed.
struct checkpoint {
  partition_id partition;
};

/// The manual proposals that wait for a decision, as this node has applied them.
struct get_pending_tickets {
  partition_id partition;
};

struct pending_ticket {
  hlc_timestamp ticket;
  log_index index; ///< Of the last entry.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t decide_before = 0; ///< Milliseconds since 1970; zero: it waits for ever.
};

struct pending_tickets {
  status code = status::errored;
  std::vector<pending_ticket> tickets; ///< Ascending.
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
  generation expected_generation = {}; ///< As in `propose`, …
  std::uint32_t place = any_place;     ///< … so that no read is answered from where its key was before.
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

// -- the partition map ----------------------------------------------------------------------------------------------

/// What this node knows of the partition map now.
struct get_partition_map {};

enum class map_change : std::uint8_t { create, remove, split, merge, cancel, await, replicate };

/// Changes the partition map; any node takes it. Made by the functions below. The answer comes when partition 0 has
/// accepted or refused it; what takes longer goes on as an operation, which `await_operation` waits for. A change whose
/// outcome is unknown may be asked for again: what is done already is answered as such.
struct change_partitions {
  map_change what = map_change::await;
  partition_id partition;                    ///< Of a create: zero chooses the next id.
  partition_id other;                        ///< The target of a split (zero: the next id), what a merge gives up.
  bool routed = false;                       ///< Create: it owns `range`. Split: the target gets the keys of a range.
  hash_range range;                          ///< Create.
  std::uint32_t boundary = any_place;        ///< Split: the first place that moves; not given: the middle.
  bool copies_itself = false;                ///< The application moves its data by its own means.
  bool leaves_hole = false;                  ///< Remove: that nobody will own the partition's keys is intended.
  operation_id operation;                    ///< Cancel and await.
  std::uint32_t replication_factor = 0;      ///< Create and replicate; see `set_replication_factor`.
  std::chrono::milliseconds timeout{10'000}; ///< After it, the answer is what is known then.
};

/// A partition that no key leads to.
change_partitions create_partition(partition_id id = {});

/// A partition that owns places which nobody owns.
change_partitions create_partition(const hash_range& range, partition_id id = {});

/// Removes a partition with all that is in it, on all nodes, for ever.
change_partitions remove_partition(partition_id id, bool leaves_hole = false);

/// Moves the keys from `boundary` on (default: the upper half) to a new partition.
change_partitions split_partition(partition_id source, std::uint32_t boundary = any_place, partition_id target = {});

/// Moves what the state machine chooses to a new partition that no key leads to.
change_partitions split_unrouted(partition_id source, partition_id target = {});

/// Moves everything of `source` to `survivor`, and removes `source`. Both are unrouted, or their ranges are neighbours.
change_partitions merge_partitions(partition_id survivor, partition_id source);

/// Rolls an operation back, unless it is past the point of no return (`operation_phase::committed`).
change_partitions cancel_operation(operation_id id);

/// Gives a partition so many replicas, whatever the cluster's others have; zero: as many as those. Partition zero: those of the
/// whole cluster that have no number of their own; zero replicas: one on every voter. Success: it was accepted. The replicas then
/// come and go one partition after another (`partition_info::where`); while there are fewer voters, all of them have one.
change_partitions set_replication_factor(std::uint32_t factor, partition_id id = {});

/// Answers when the operation is over.
change_partitions await_operation(operation_id id, std::chrono::milliseconds timeout = std::chrono::seconds{60});

/// `success`: accepted, or of an await: done. `operation_cancelled` and `errored`: it was rolled back, and `reason` says why.
/// `pending`: not over within the time. `snapshot_required`: the state machine does not move data; see `copies_itself`.
struct change_result {
  status code = status::errored;
  operation_id operation; ///< Zero: none was begun.
  partition_id partition; ///< The one that was created, or gets the keys.
  generation current;     ///< Its generation.
  operation_phase phase = operation_phase::done;
  std::string reason; ///< For people; empty on success.
};

// -- members --------------------------------------------------------------------------------------------------------

/// What this node knows of the cluster's members now. Each change comes as a `partition_map_changed`, too.
struct get_membership {};

struct membership {
  node_info self;
  cluster_roster roster;         ///< Version zero: not known here yet.
  std::vector<node_id> suspects; ///< Members that do not answer, …
  std::vector<node_id> dead;     ///< … and those that have not for long. What this node believes, no more.
};

enum class membership_change : std::uint8_t { leave = 0, remove = 1, stay = 2 };

/// Changes who belongs to the cluster; made by the functions below, at any node. A node joins by itself when it is started
/// to (`static_discovery::join`, `raft_parts::finder`), and one that has left does not come back before it is started anew.
struct change_membership {
  membership_change what = membership_change::leave;
  node_id node;            ///< Zero: the node that is asked.
  roster_version expected; ///< Not zero: `stale_membership` unless this is the roster's present version.
  std::chrono::milliseconds timeout{60'000};
};

/// The node gives away what it leads, leaves all partitions, then the cluster; it stays up and can be stopped after the
/// answer. If it has not succeeded within the time, it stays a member. The only node of a cluster is done at once.
change_membership leave_cluster(std::chrono::milliseconds timeout = std::chrono::seconds{60});

/// The same of another node, which may be dead. If it returns, it has to join anew, on an empty disk.
change_membership remove_member(node_id node, std::chrono::milliseconds timeout = std::chrono::seconds{60});

/// Success: it is as was asked. `insufficient_voters`: nobody would be left to vote. `member_not_found`, `stale_membership`,
/// `concurrent_membership_change`: nothing was done. `proposal_timeout`: it may still happen, unless `reason` says that it
/// was taken back.
struct membership_result {
  status code = status::errored;
  roster_version version; ///< As far as this node knows.
  std::string reason;     ///< For people; empty on success.
};

/// Ends when this node is a voter, and every partition of it has finished its restore and knows a leader, or after
/// `join_timeout` with the reason why it is not. What happens meanwhile comes as `join_progress`.
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

/// How a leader brings entries to a peer.
enum class catch_up_state : std::uint8_t {
  probing,     ///< It is being found out how far the peer's log equals the leader's.
  replicating, ///< Entries are under way, or there is nothing to be sent.
  snapshot,    ///< What the peer needs is compacted away: it waits for a snapshot, or is being sent one.
  saturated,   ///< The peer's disk does not keep up: no entries are sent until there is room again.
};

std::string_view to_string(catch_up_state x) noexcept;

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
  std::uint64_t lag = 0; ///< Entries that the leader has, and the peer is not known to have on its disk.
  catch_up_state state = catch_up_state::probing;
  snapshot_progress snapshot = snapshot_progress::none;
  std::uint64_t snapshot_bytes = 0; ///< Sent of the present one.
};

/// What has been going on in a partition.
struct partition_load {
  std::uint64_t uncommitted_entries = 0; ///< On a leader: of the proposal queue.
  std::uint64_t uncommitted_bytes = 0;
  std::uint64_t wal_queue_entries = 0; ///< On their way to this node's disk.
  std::uint64_t wal_queue_bytes = 0;
  std::uint64_t waiting_reads = 0;
  double operations_per_second = 0;             ///< Entries committed for callers here, in the last ten seconds.
  std::chrono::microseconds commit_wait_p50{0}; ///< From proposal to answer in the last ten seconds, to within a half.
  std::chrono::microseconds commit_wait_p99{0};
  bool disk_stalled = false; ///< Writes take longer than `disk_stall_timeout`: this node does not want to lead.
};

struct partition_status {
  partition_id partition;
  raft_role role = raft_role::follower;
  raft_term term;
  node_info leader;
  log_index first;         ///< First entry kept.
  log_index kept;          ///< A restart delivers what follows it, or what follows the state machine's durable index.
  std::uint64_t holds = 0; ///< How many owners have entries retained.
  log_index last;
  log_index commit;
  log_index applied;
  std::uint64_t waiting_proposals = 0;
  std::uint64_t pending_tickets = 0; ///< Manual proposals without a decision, as applied here.
  std::uint64_t sessions = 0;        ///< Of clients, expired ones among them.
  log_index checkpoint;              ///< The last one applied here.
  bool ready = false;                ///< Leads, and takes proposals.
  bool asleep = false;               ///< Nothing happens: no heartbeats, and no timer here. Any request wakes it.
  partition_load load;
  bool snapshot_required = false; ///< What this replica needs is compacted away, and the leader exports no state.
  bool fenced = false;            ///< Lost, or may have lost, what it had acknowledged: does not vote until caught up.
  std::vector<peer_status> peers; ///< On the leader only.
  std::string failure;            ///< Why the partition stopped here; empty while it works.
};

struct node_status {
  node_info self;
  std::string cluster_id;
  std::vector<node_info> members;
  std::vector<partition_status> partitions;
  std::uint64_t syncs = 0;          ///< Of the log since start.
  std::uint64_t group_writes = 0;   ///< Writes that carried at least one partition's data.
  std::uint64_t writes = 0;         ///< Partitions' writes that went into them.
  std::uint64_t queued_entries = 0; ///< Proposed on this node and not answered, of all partitions.
  std::uint64_t queued_bytes = 0;
  std::uint64_t wal_queue_entries = 0; ///< On their way to the disk, of all partitions.
  std::uint64_t wal_queue_bytes = 0;
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

/// The disk under a partition does not keep up. If this node led, it hands over, and it does not lead again until its writes
/// are quick. Once for each time that this begins.
struct disk_stalled {
  partition_id partition;
  std::chrono::milliseconds duration{0}; ///< What the slow write has taken, or has been under way.
};

/// A new version of the partition map, on every node, in order. The map is the listener's own to keep.
struct partition_map_changed {
  std::shared_ptr<const partition_map> map;
};

/// Gets the events to which it subscribed, in order.
using event_listener =
  cafx::typed<void(restore_started), void(restore_finished), void(replication_error), void(leader_changed),
              void(partition_failed), void(disk_stalled), void(partition_map_changed), void(join_progress)>;

/// Events from now on go to `listener`, until it ends or unsubscribes. It first gets the present map and leaders,
/// and of a node that joins how far it is.
struct subscribe {
  event_listener listener;
};

struct unsubscribe {
  event_listener listener;
};

/// The present state of a node, for dashboards.
struct status_changed {
  node_status status;
};

/// Answers a `status_changed`.
struct status_seen {};

/// Gets a status at a time, and the next one, which is the latest then, only after its answer.
using status_listener = cafx::typed<status_seen(status_changed)>;

/// The status goes to `listener` now and each `interval` (10 ms to 24 h), until it ends or unsubscribes. A listener that is
/// slow misses what was in between; it holds nothing up.
struct subscribe_status {
  status_listener listener;
  std::chrono::milliseconds interval{1000};
};

struct unsubscribe_status {
  status_listener listener;
};

// -- the handle ---------------------------------------------------------------------------------------------------

/// A node of the cluster: the application's only handle to it.
using raft_actor =
  cafx::typed<propose_result(propose), propose_batch_result(propose_batch), propose_result(commit_proposal),
              propose_result(rollback_proposal), propose_result(checkpoint), pending_tickets(get_pending_tickets),
              leader_result(wait_for_leader), leader_result(get_leader), leader_result(is_leader),
              operation_result(transfer_leadership), operation_result(step_down), operation_result(join),
              operation_result(stop), read_result(read_barrier), node_status(get_status), operation_result(retain),
              operation_result(release), partition_map(get_partition_map), change_result(change_partitions),
              membership(get_membership), membership_result(change_membership), void(subscribe), void(unsubscribe),
              void(subscribe_status), void(unsubscribe_status)>;

// -- inspection ---------------------------------------------------------------------------------------------------

KOMMANDER_INSPECT(propose, x.partition, x.type, x.payloads, x.auto_commit, x.expected_generation, x.place, x.client,
                  x.sequence, x.decide_within)
KOMMANDER_INSPECT(batch_entry, x.type, x.payload, x.auto_commit, x.expected_generation, x.place)
KOMMANDER_INSPECT(propose_batch, x.partition, x.entries, x.client, x.sequence, x.decide_within)
KOMMANDER_INSPECT(propose_batch_result, x.results)
KOMMANDER_INSPECT(commit_proposal, x.partition, x.ticket)
KOMMANDER_INSPECT(rollback_proposal, x.partition, x.ticket)
KOMMANDER_INSPECT(checkpoint, x.partition)
KOMMANDER_INSPECT(get_pending_tickets, x.partition)
KOMMANDER_INSPECT(pending_ticket, x.ticket, x.index, x.entries, x.bytes, x.decide_before)
KOMMANDER_INSPECT(pending_tickets, x.code, x.tickets)
KOMMANDER_INSPECT(propose_result, x.code, x.ticket, x.index, x.leader, x.reason)
KOMMANDER_INSPECT(wait_for_leader, x.partition, x.stable_for, x.timeout)
KOMMANDER_INSPECT(get_leader, x.partition)
KOMMANDER_INSPECT(is_leader, x.partition)
KOMMANDER_INSPECT(leader_result, x.code, x.leader, x.term)
KOMMANDER_INSPECT(transfer_leadership, x.partition, x.target)
KOMMANDER_INSPECT(step_down, x.partition)
KOMMANDER_INSPECT(read_barrier, x.partition, x.policy, x.expected_generation, x.place)
KOMMANDER_INSPECT(read_result, x.code, x.index, x.leader, x.reason)
KOMMANDER_INSPECT(get_partition_map)
KOMMANDER_INSPECT(hash_range, x.first, x.last)
KOMMANDER_INSPECT(partition_placement, x.factor, x.replicas, x.former, x.phase, x.version)
KOMMANDER_INSPECT(partition_info, x.id, x.state, x.routed, x.range, x.current, x.created, x.born_receiving, x.born_with,
                  x.born_voters, x.where)
KOMMANDER_INSPECT(operation_info, x.id, x.kind, x.phase, x.source, x.target, x.routed, x.moving, x.copies_itself,
                  x.source_generation, x.target_generation, x.reason)
KOMMANDER_INSPECT(member_info, x.id, x.address, x.zone, x.role, x.joined, x.evicted, x.disk, x.first_time)
KOMMANDER_INSPECT(cluster_roster, x.version, x.members, x.former)
KOMMANDER_INSPECT(partition_map, x.version, x.partitions, x.operations, x.next_id, x.replication_factor, x.roster)
KOMMANDER_INSPECT(change_partitions, x.what, x.partition, x.other, x.routed, x.range, x.boundary, x.copies_itself,
                  x.leaves_hole, x.operation, x.replication_factor, x.timeout)
KOMMANDER_INSPECT(change_result, x.code, x.operation, x.partition, x.current, x.phase, x.reason)
KOMMANDER_INSPECT(get_membership)
KOMMANDER_INSPECT(membership, x.self, x.roster, x.suspects, x.dead)
KOMMANDER_INSPECT(change_membership, x.what, x.node, x.expected, x.timeout)
KOMMANDER_INSPECT(membership_result, x.code, x.version, x.reason)
KOMMANDER_INSPECT(join)
KOMMANDER_INSPECT(stop)
KOMMANDER_INSPECT(operation_result, x.code, x.reason)
KOMMANDER_INSPECT(get_status, x.partitions)
KOMMANDER_INSPECT(retain, x.partition, x.index, x.owner)
KOMMANDER_INSPECT(release, x.partition, x.owner)
KOMMANDER_INSPECT(peer_status, x.peer, x.match, x.next, x.recently_active, x.lag, x.state, x.snapshot, x.snapshot_bytes)
KOMMANDER_INSPECT(partition_load, x.uncommitted_entries, x.uncommitted_bytes, x.wal_queue_entries, x.wal_queue_bytes,
                  x.waiting_reads, x.operations_per_second, x.commit_wait_p50, x.commit_wait_p99, x.disk_stalled)
KOMMANDER_INSPECT(partition_status, x.partition, x.role, x.term, x.leader, x.first, x.kept, x.holds, x.last, x.commit,
                  x.applied, x.waiting_proposals, x.pending_tickets, x.sessions, x.checkpoint, x.ready, x.asleep,
                  x.load, x.snapshot_required, x.fenced, x.peers, x.failure)
KOMMANDER_INSPECT(node_status, x.self, x.cluster_id, x.members, x.partitions, x.syncs, x.group_writes, x.writes,
                  x.queued_entries, x.queued_bytes, x.wal_queue_entries, x.wal_queue_bytes)

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_started)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::replication_error)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::leader_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::disk_stalled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_map_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::join_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::status_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::status_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::subscribe_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::unsubscribe_status)
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
CAF_ADD_TYPE_ID(kommander_messages, (kommander::propose_batch))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::propose_batch_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::commit_proposal))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::rollback_proposal))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::checkpoint))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::get_pending_tickets))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::pending_tickets))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::retain))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::release))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::get_partition_map))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::partition_map))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::change_partitions))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::change_result))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::get_membership))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::membership))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::change_membership))
CAF_ADD_TYPE_ID(kommander_messages, (kommander::membership_result))
CAF_END_TYPE_ID_BLOCK(kommander_messages)
