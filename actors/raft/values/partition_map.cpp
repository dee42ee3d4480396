#include "kommander/partition_map.hpp"

#include <algorithm>

namespace kommander {

std::string to_string(const hash_range& x) {
  return "[" + std::to_string(x.first) + ", " + std::to_string(x.last) + "]";
}

std::string_view to_string(partition_state x) noexcept {
  switch (x) {
    case partition_state::active: return "active";
    case partition_state::splitting: return "splitting";
    case partition_state::draining: return "draining";
    case partition_state::receiving: return "receiving";
    case partition_state::removed: return "removed";
  }
  return "invalid";
}

std::string_view to_string(operation_kind x) noexcept {
  switch (x) {
    case operation_kind::create: return "create";
    case operation_kind::remove: return "remove";
    case operation_kind::split: return "split";
    case operation_kind::merge: return "merge";
  }
  return "invalid";
}

std::string_view to_string(operation_phase x) noexcept {
  switch (x) {
    case operation_phase::fencing: return "fencing";
    case operation_phase::copying: return "copying";
    case operation_phase::committed: return "committed";
    case operation_phase::rolling_back: return "rolling_back";
    case operation_phase::done: return "done";
    case operation_phase::cancelled: return "cancelled";
    case operation_phase::failed: return "failed";
  }
  return "invalid";
}

std::string_view to_string(placement_phase x) noexcept {
  switch (x) {
    case placement_phase::settled: return "settled";
    case placement_phase::adding: return "adding";
    case placement_phase::switching: return "switching";
  }
  return "invalid";
}

bool partition_placement::votes(node_id id) const noexcept {
  return !is_placed() || std::ranges::binary_search(replicas, id);
}

bool partition_placement::hosts(node_id id) const noexcept {
  return !is_placed() || std::ranges::binary_search(replicas, id) || std::ranges::binary_search(former, id);
}

std::string_view to_string(member_role x) noexcept {
  switch (x) {
    case member_role::learner: return "learner";
    case member_role::voter: return "voter";
    case member_role::leaving: return "leaving";
  }
  return "invalid";
}

std::string_view to_string(join_phase x) noexcept {
  switch (x) {
    case join_phase::asking: return "asking";
    case join_phase::catching_up: return "catching up";
    case join_phase::voter: return "voter";
  }
  return "invalid";
}

const member_info* cluster_roster::find(node_id id) const noexcept {
  auto found = std::ranges::lower_bound(members, id, {}, &member_info::id);
  return found != members.end() && found->id == id ? &*found : nullptr;
}

std::vector<node_id> cluster_roster::in_role(member_role x) const {
  std::vector<node_id> result;
  for (const auto& member : members)
    if (member.role == x)
      result.push_back(member.id);
  return result;
}

const partition_info* partition_map::find(partition_id id) const noexcept {
  auto found = std::ranges::lower_bound(partitions, id, {}, &partition_info::id);
  return found != partitions.end() && found->id == id ? &*found : nullptr;
}

const partition_info* partition_map::route(std::uint32_t place) const noexcept {
  for (const auto& x : partitions)
    if (x.routed && x.state != partition_state::removed && x.state != partition_state::receiving
        && x.range.contains(place))
      return &x;
  return nullptr;
}

const operation_info* partition_map::find(operation_id id) const noexcept {
  auto found = std::ranges::lower_bound(operations, id, {}, &operation_info::id);
  return found != operations.end() && found->id == id ? &*found : nullptr;
}

const operation_info* partition_map::running_at(partition_id id) const noexcept {
  for (const auto& x : operations)
    if (!is_over(x.phase) && (x.source == id || x.target == id))
      return &x;
  return nullptr;
}

} // namespace kommander
