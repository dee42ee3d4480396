/// The node's actor: answers the application, starts and ends everything that a node is made of, and passes on what
/// happens in its partitions. Proposals go through it to their partition without an answer coming back this way.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "actors/coordinator/member_actor.hpp"
#include "actors/partition/partition_actor.hpp"
#include "actors/raft/partition_routes.hpp"
#include "actors/raft/ticker_actor.hpp"
#include "actors/raft/values/hosted_record.hpp"
#include "actors/swim/swim_actor.hpp"
#include "kommander/config.hpp"
#include "kommander/messages.hpp"
#include "kommander/raft.hpp"
#include "kommander/state_machine.hpp"
#include "kommander/transport.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// What a node believes about the others, for those within it and for tests.
struct get_liveness {};

using liveness_source = cafx::typed<liveness_changed(get_liveness)>;

/// All whom the node's discovery knows now.
struct contacts_found {
  std::vector<contact> contacts;
};

using contacts_receiver = cafx::typed<void(contacts_found)>;

/// The whole of what a node's actor understands; applications see `raft_actor`.
using node_actor = raft_actor::extend_with<node_observer>::extend_with<wal_recover_client>::extend_with<
  wal_drop_client>::extend_with<wal_metadata_client>::extend_with<swim_observer>::extend_with<liveness_source>::
  extend_with<introduction_receiver>::extend_with<absence_receiver>::extend_with<node_source>::extend_with<
    join_observer>::extend_with<contacts_receiver>::extend<caf::reacts_to<node_tick>>;

/// A node whose log and port are open and checked.
struct node_parts {
  raft_config config;
  node_info self;                       ///< With the port that was taken.
  std::vector<node_info> first_members; ///< Of the cluster, if this node is one of them; else empty.
  std::vector<node_info> contacts;      ///< Where to ask at first; without this node.
  discovery_ptr finder;                 ///< Tells of more, in `contacts_found`; the node stops it. May be null.
  std::uint64_t seed = 1;               ///< For election jitter.
  std::shared_ptr<wal> log;
  std::uint64_t disk = 0;                   ///< The id of the log's disk.
  transport_ptr net;                        ///< Started.
  std::shared_ptr<partition_routes> routes; ///< Where the transport delivers; still empty.
  std::shared_ptr<link_directory> links;    ///< Still empty.
  hosted_record hosted;                     ///< As stored in the log.
  /// Partition 0 and all that are recorded, but for those that were removed.
  std::map<partition_id, recovered_partition> recovered;
  std::map<partition_id, machine_handle> machines; ///< Of the same partitions.
  state_machine_factory factory;                   ///< Of those that appear later.
};

/// This node, and those that there are certainly besides: who finds more has joined somebody.
inline std::size_t known_nodes(const node_parts& x) {
  return x.contacts.size() + (x.finder && x.contacts.empty() && x.first_members.empty() ? 2 : 1);
}

/// Starts the actors of a node. When it ends, for whatever reason, everything else of the node ends too; also when its
/// last handle outside the node is gone.
node_actor spawn_node(caf::actor_system& system, node_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::get_liveness)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::contacts_found)
