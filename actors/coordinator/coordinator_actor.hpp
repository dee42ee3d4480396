/// One a node: on the node that leads partition 0 it drives what changes about the partition map, and on every node it
/// takes what applications ask to be changed. All logic is in coordinator_core.
#pragma once

#include <memory>
#include <optional>

#include "actors/coordinator/balance_core.hpp"
#include "actors/coordinator/coordinator_core.hpp"
#include "actors/coordinator/membership_core.hpp"
#include "actors/coordinator/node_caller_actor.hpp"
#include "actors/coordinator/placement_core.hpp"
#include "actors/partition/partition_actor.hpp"
#include "actors/swim/liveness_message.hpp"
#include "kommander/messages.hpp"

namespace kommander {

/// Whether this node leads partition 0 and is ready, and in which term.
struct system_leadership {
  std::optional<raft_term> term;
};

/// To itself: time goes on.
struct coordinator_tick {};

/// To itself: it may be time for leaders or replicas to move.
struct move_alarm {
  std::uint64_t number = 0; ///< Only the last one counts.
};

/// A `change_partitions` ends when partition 0 has answered, or when the operation is over or the time has passed if it was
/// to be awaited.
using coordinator_actor =
  cafx::typed<change_result(change_partitions), progress_report(progress_request), void(map_update),
              void(system_leadership), void(liveness_changed), void(coordinator_tick), void(move_alarm)>;

struct coordinator_parts {
  coordinator_options options;
  membership_options members;
  balancer_options balancer;
  placement_options placement;
  node_caller_actor caller;
};

/// Ends with an exit message: everything that waits is answered then.
coordinator_actor spawn_coordinator(caf::actor_system& system, coordinator_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::system_leadership)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::coordinator_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::move_alarm)
