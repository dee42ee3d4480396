/// Sees to this node's own membership, and to changes of others' that were asked for here.
#pragma once

#include <functional>
#include <memory>

#include "actors/coordinator/join_tracker.hpp"
#include "actors/coordinator/member_core.hpp"
#include "actors/coordinator/node_caller_actor.hpp"
#include "actors/partition/partition_actor.hpp"
#include "actors/wal_scheduler/wal_writer_actor.hpp"

namespace kommander {

/// Whether somebody is known to lead partition 0.
struct system_leader_known {
  bool known = false;
};

/// Answered when this node is a voter of the cluster, or when the time is over.
struct await_voter {
  std::chrono::milliseconds timeout{60'000};
};

/// To itself: time goes on.
struct member_tick {};

/// Gets what there is to tell while this node joins.
using join_observer = cafx::typed<void(join_progress)>;

/// A `change_membership` ends when the roster shows what was asked for, or when the time has passed.
using member_actor = cafx::typed<membership_result(change_membership), membership_result(await_voter), void(map_update),
                                 void(system_leader_known), void(wal_metadata_set), void(member_tick)>;

/// Stored in the log of a node that has left its cluster: it must not take part any more.
inline constexpr const char* left_cluster_key = "left_cluster";

struct member_parts {
  member_options options;
  bool alone = false; ///< The only initial member: there need not be anybody to ask.
  node_caller_actor caller;
  std::shared_ptr<const link_directory> links;
  wal_writer writer;            ///< For `left_cluster_key`.
  caf::weak_actor_ptr observer; ///< A `join_observer`, held weakly.
};

/// Ends with an exit message: everything that waits is answered then.
member_actor spawn_member(caf::actor_system& system, member_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::system_leader_known)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::await_voter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::member_tick)
