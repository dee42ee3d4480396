/// What travels between a client process and a node.
#pragma once

#include <set>
#include <string>

#include "kommander/config.hpp"

namespace kommander::net {

/// Requests that a node takes from clients with these rights, as CAF names them on the wire.
inline std::set<std::string, std::less<>> client_request_types(client_rights rights) {
  std::set<std::string, std::less<>> all{
    "@<>+kommander::propose",       "@<>+kommander::wait_for_leader",     "@<>+kommander::get_leader",
    "@<>+kommander::is_leader",     "@<>+kommander::get_status",          "@<>+kommander::read_barrier",
    "@<>+kommander::propose_batch", "@<>+kommander::commit_proposal",     "@<>+kommander::rollback_proposal",
    "@<>+kommander::checkpoint",    "@<>+kommander::get_pending_tickets", "@<>+kommander::get_partition_map",
    "@<>+kommander::get_membership"};
  if (rights == client_rights::administration)
    all.insert({"@<>+kommander::transfer_leadership", "@<>+kommander::step_down", "@<>+kommander::change_partitions",
                "@<>+kommander::change_membership"});
  return all;
}

/// Answers that a client takes from nodes. Errors are let through besides, without what CAF may attach to them.
inline std::set<std::string, std::less<>> client_answer_types() {
  return {"@<>+kommander::propose_result",  "@<>+kommander::leader_result",    "@<>+kommander::operation_result",
          "@<>+kommander::node_status",     "@<>+kommander::read_result",      "@<>+kommander::propose_batch_result",
          "@<>+kommander::pending_tickets", "@<>+kommander::partition_map",    "@<>+kommander::change_result",
          "@<>+kommander::membership",      "@<>+kommander::membership_result"};
}

/// Larger answers close the connection; `node_status` of a node with many partitions is the largest.
inline constexpr std::size_t answer_bytes_max = std::size_t{16} << 20;

} // namespace kommander::net
