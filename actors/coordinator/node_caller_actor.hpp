/// Asks whoever leads a partition, on this node or another one, and answers what other nodes ask here.
///
/// Between nodes there are no requests of CAF's, which never end when a connection is lost: a call is a message, its answer
/// another one, and every request ends in bounded time whatever has become of both.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

#include "actors/coordinator/call_table.hpp"
#include "actors/coordinator/node_calls.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/raft/link_directory.hpp"
#include "actors/raft/partition_routes.hpp"
#include "kommander/messages.hpp"
#include "kommander/transport.hpp"

namespace kommander {

/// To itself: time goes on.
struct caller_tick {};

/// What of a node tells who leads.
using leader_source = cafx::typed<leader_result(get_leader)>;

/// What answers for the node itself, and not for one of its partitions.
using node_source = cafx::typed<load_report(load_request), progress_report(progress_request)>;

/// To be asked of one node, not of a leader.
struct contact_request {
  node_id to;
  member_request what;
};

/// To be asked of one node: what it leads.
struct load_question {
  node_id of;
};

/// `control_proposal`, `range_export`, `group_request`, `handover_request` and `progress_request` end with what the partition's leader answers, or with
///  - `node_is_not_leader`: nobody is known to lead; nothing has happened,
///  - `unknown_partition`: the partition does not run where it is said to be led; nothing has happened,
///  - `proposal_queue_full`: too many are open here, or of this node there; nothing has happened,
///  - `proposal_timeout`: no answer in time; it may have been carried out,
///  - `stopping`: this node stops, and nothing has happened; or `replication_failed`: it may have been carried out.
///
/// A `contact_request` ends with what the leader of partition 0 answers to the node that is asked, or in the same ways; a
/// `load_question` with what the node answers, or in the same ways.
using node_caller_actor =
  cafx::typed<control_result(control_proposal), range_part(range_export), group_report(group_request),
              control_result(contact_request), control_result(handover_request), load_report(load_question),
              progress_report(progress_request), void(node_calls), void(caller_tick)>;

struct node_caller_parts {
  node_id self;
  caf::weak_actor_ptr node; ///< A `leader_source` and `node_source`; held weakly.
  std::shared_ptr<const link_directory> links;
  std::shared_ptr<const partition_routes> routes;    ///< Where this node's partitions are.
  std::chrono::milliseconds timeout{11'000};         ///< More than `proposal_timeout`: partitions answer within that.
  std::size_t body_bytes_max = std::size_t{5} << 20; ///< Larger answers are refused; at most what a link carries.
};

/// Ends with an exit message: everything that waits is answered then.
node_caller_actor spawn_node_caller(caf::actor_system& system, node_caller_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::caller_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::contact_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::load_question)
