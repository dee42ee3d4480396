#include "kommander/messages.hpp"

namespace kommander {

std::string_view to_string(raft_role x) noexcept {
  switch (x) {
    case raft_role::follower: return "follower";
    case raft_role::pre_candidate: return "pre_candidate";
    case raft_role::candidate: return "candidate";
    case raft_role::leader: return "leader";
    case raft_role::failed: return "failed";
  }
  return "invalid";
}

std::string_view to_string(catch_up_state x) noexcept {
  switch (x) {
    case catch_up_state::probing: return "probing";
    case catch_up_state::replicating: return "replicating";
    case catch_up_state::snapshot: return "snapshot";
    case catch_up_state::saturated: return "saturated";
  }
  return "invalid";
}

std::string_view to_string(snapshot_progress x) noexcept {
  switch (x) {
    case snapshot_progress::none: return "none";
    case snapshot_progress::waiting: return "waiting";
    case snapshot_progress::sending: return "sending";
    case snapshot_progress::snapshot_required: return "snapshot_required";
  }
  return "invalid";
}

// -- changes of the partition map -----------------------------------------------------------------------------------

change_partitions create_partition(partition_id id) {
  change_partitions x;
  x.what = map_change::create;
  x.partition = id;
  return x;
}

change_partitions create_partition(const hash_range& range, partition_id id) {
  auto x = create_partition(id);
  x.routed = true;
  x.range = range;
  return x;
}

change_partitions remove_partition(partition_id id, bool leaves_hole) {
  change_partitions x;
  x.what = map_change::remove;
  x.partition = id;
  x.leaves_hole = leaves_hole;
  return x;
}

change_partitions split_partition(partition_id source, std::uint32_t boundary, partition_id target) {
  change_partitions x;
  x.what = map_change::split;
  x.partition = source;
  x.other = target;
  x.routed = true;
  x.boundary = boundary;
  return x;
}

change_partitions split_unrouted(partition_id source, partition_id target) {
  auto x = split_partition(source, any_place, target);
  x.routed = false;
  return x;
}

change_partitions merge_partitions(partition_id survivor, partition_id source) {
  change_partitions x;
  x.what = map_change::merge;
  x.partition = survivor;
  x.other = source;
  return x;
}

change_partitions cancel_operation(operation_id id) {
  change_partitions x;
  x.what = map_change::cancel;
  x.operation = id;
  return x;
}

change_partitions set_replication_factor(std::uint32_t factor, partition_id id) {
  change_partitions x;
  x.what = map_change::replicate;
  x.partition = id;
  x.replication_factor = factor;
  return x;
}

change_partitions await_operation(operation_id id, std::chrono::milliseconds timeout) {
  change_partitions x;
  x.what = map_change::await;
  x.operation = id;
  x.timeout = timeout;
  return x;
}

// -- members --------------------------------------------------------------------------------------------------------

change_membership leave_cluster(std::chrono::milliseconds timeout) {
  change_membership x;
  x.timeout = timeout;
  return x;
}

change_membership remove_member(node_id node, std::chrono::milliseconds timeout) {
  change_membership x;
  x.what = membership_change::remove;
  x.node = node;
  x.timeout = timeout;
  return x;
}

} // namespace kommander
