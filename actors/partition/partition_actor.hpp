/// One partition of a node: drives its `raft_core`, and owns the callers that wait for it.
///
/// Whatever arrives is stepped into the core at once; the output is taken when the mailbox is empty. So the proposals of
/// many callers become one write, and one append for each peer.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "actors/coordinator/node_request.hpp"
#include "actors/partition/compaction_core.hpp"
#include "actors/partition/node_budget.hpp"
#include "actors/partition/node_clock.hpp"
#include "actors/partition/raft_core.hpp"
#include "actors/raft/leadership_core.hpp"
#include "actors/raft/link_directory.hpp"
#include "actors/wal_scheduler/slow_operation_log.hpp"
#include "actors/wal_scheduler/wal_reader_actor.hpp"
#include "actors/wal_scheduler/wal_writer_actor.hpp"
#include "kommander/messages.hpp"
#include "kommander/state_machine.hpp"
#include "kommander/transport.hpp"

namespace kommander {

// -- to the node --------------------------------------------------------------------------------------------------

/// What `leadership_core` wants to know; sent when it changes.
struct leader_update {
  partition_id partition;
  leadership what;
};

/// A partition asks the node for the proposals that are on their way to it: the node sends this back, behind them.
struct gather_turn {
  partition_id partition;
};

/// Partition 0 has applied a new version of the map, here.
struct map_update {
  std::shared_ptr<const partition_map> map;
};

/// Gets what partitions have to tell; all news at high priority, so that the order of one partition's is kept.
using node_observer =
  cafx::typed<void(leader_update), void(restore_started), void(restore_finished), void(replication_error),
              void(partition_failed), void(disk_stalled), void(map_update), void(gather_turn)>;

// -- to the partition ---------------------------------------------------------------------------------------------

/// Messages of one peer for this partition, in their order. Sent at high priority: nothing of Raft's waits behind
/// proposals, and nothing overtakes.
struct peer_messages {
  std::vector<raft_message> messages;
};

/// Time goes on.
struct partition_tick {};

/// The node suspects that `peer`, on which this partition relies while it sleeps, is dead, or learnt that it started anew.
struct peer_suspected {
  node_id peer;
};

/// Nothing was ever on this node's disk that is not there: see `never_here_input`.
struct never_here {};

/// To itself: it is time to look at the tickets.
struct ticket_alarm {};

/// Answer all callers, let writes under way finish, and end.
struct partition_stop {
  bool removed = false; ///< Not with its node, but because there is no such partition any more.
};

struct get_partition_status {};

using partition_actor =
  cafx::typed<propose_result(propose), propose_batch_result(propose_batch), propose_result(commit_proposal),
              propose_result(rollback_proposal), propose_result(checkpoint), pending_tickets(get_pending_tickets),
              operation_result(transfer_leadership), operation_result(step_down), read_result(read_barrier),
              operation_result(retain), operation_result(release), control_result(control_proposal),
              range_part(range_export), group_report(group_request), control_result(handover_request),
              partition_status(get_partition_status), void(peer_messages), void(partition_tick), void(peer_suspected),
              void(never_here), void(ticket_alarm), void(partition_stop), void(wal_written), void(wal_compacted),
              void(wal_read_done), void(gather_turn)>;

// -- set-up -------------------------------------------------------------------------------------------------------

class sleep_board;

/// What a partition needs.
struct partition_parts {
  raft_core_options options;
  recovered_partition recovered;
  log_loss lost = log_loss::none;    ///< What the disk may have lost besides.
  std::vector<node_id> known_voters; ///< As `raft_core_start`.
  partition_info birth;              ///< With what it was created, whatever has become of it since.
  std::uint64_t seed = 1;            ///< For election jitter.
  std::size_t payload_bytes_max = 0;
  compaction_options compaction;
  std::size_t undecided_proposals_max = 0;
  std::size_t undecided_bytes_max = 0;
  instant disk_stall_timeout{0};
  std::shared_ptr<slow_operation_log> slow_commits; ///< Of all partitions of the node.
  std::shared_ptr<budget_share> proposals; ///< Charged for each proposal before it is sent here; this actor gives back.
  std::shared_ptr<budget_share> writes;    ///< Kept at what is on its way to the disk.
  std::shared_ptr<const link_directory> links;
  std::shared_ptr<node_clock> clock;  ///< Of all partitions of the node. Null: the partition has its own.
  std::shared_ptr<sleep_board> sleep; ///< Of all partitions of the node. Null: the partition has its own.
  wal_writer writer;                  ///< Gets all writes of this partition.
  wal_reader reader;
  machine_handle machine;
  caf::weak_actor_ptr observer; ///< A `node_observer`; weak, so that a node without users ends.
};

/// What `x` counts for against the node's budget.
load cost_of(const propose& x) noexcept;
load cost_of(const propose_batch& x) noexcept;

/// What a decision or a checkpoint counts for.
inline constexpr load small_request{1, 64};

/// Starts a partition. It takes part at once, and begins to deliver what was known to be committed.
partition_actor spawn_partition(caf::actor_system& system, partition_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::leader_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::map_update)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::control_proposal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::control_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::range_export)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::range_part)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::group_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::group_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::member_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::handover_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::load_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::load_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::progress_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::progress_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::gather_turn)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::peer_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::peer_suspected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::never_here)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::ticket_alarm)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::partition_stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::get_partition_status)
