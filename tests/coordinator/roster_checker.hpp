/// Re-derives what must hold of a roster and of each step from one version to the next, from the rosters alone.
#pragma once

#include <algorithm>
#include <string>

#include "actors/coordinator/roster_steps.hpp"
#include "kommander/partition_map.hpp"

namespace kommander::test {

/// What is wrong with `next`; empty: nothing.
inline std::string check_roster(const cluster_roster& next) {
  std::size_t voters = 0;
  for (std::size_t i = 0; i < next.members.size(); ++i) {
    const auto& x = next.members[i];
    auto name = "node " + to_string(x.id);
    if (!x.id || (i > 0 && next.members[i - 1].id >= x.id))
      return "members are not in order";
    if (x.address.host.empty() || x.address.host.size() > 255 || x.zone.size() > 64)
      return name + " is at no address";
    if (!x.joined || x.joined > next.version)
      return name + " has joined in the future";
    if (x.evicted && x.role != member_role::leaving)
      return name + " is evicted and stays";
    if (x.first_time && (x.disk == 0 || std::ranges::count(next.former, x.id) > 0))
      return name + " is here for the first time, and not for the first time";
    voters += x.role == member_role::voter ? 1 : 0;
  }
  if (next.members.size() > 64)
    return "there are too many members";
  return voters > 0 || !next.version ? "" : "nobody votes";
}

/// What is wrong with a step of one member from `x` to `y`.
inline std::string check_member_step(const member_info& x, const member_info& y) {
  auto name = "node " + to_string(x.id);
  if (x.joined != y.joined)
    return name + " has joined twice";
  if (y.first_time != (x.first_time && x.disk == y.disk))
    return name + " has another disk for the first time, or was new and is not, or the other way round";
  if (x.disk != y.disk && x.disk != 0 && y.disk != several_disks)
    return name + " has had two disks, and is known by one";
  auto has_moved = x.address != y.address || x.zone != y.zone || x.disk != y.disk;
  if (has_moved && (x.role != y.role || x.role == member_role::leaving))
    return name + " has moved and become something else, or moved while leaving";
  if (x.role == member_role::voter && y.role == member_role::learner)
    return name + " has lost its vote without leaving";
  if (x.role == member_role::leaving && y.role == member_role::voter)
    return name + " votes again without having caught up";
  if (x.role == member_role::leaving && y.role == member_role::leaving && !x.evicted)
    return name + " wanted to leave, and that has changed";
  return {};
}

/// Nothing has happened but that a member has told its disk.
inline bool tells_a_disk(const cluster_roster& before, cluster_roster next) {
  for (auto& x : next.members)
    if (const auto* y = before.find(x.id); y != nullptr && y->disk == 0)
      x.disk = 0;
  return next == before;
}

inline std::string check_roster_step(const cluster_roster& before, const cluster_roster& next) {
  if (next == before)
    return {};
  if (next.version != before.version + 1 && !tells_a_disk(before, next))
    return "versions of the roster are left out or used twice";
  std::size_t changes = 0;
  for (const auto& x : before.members) {
    const auto* y = next.find(x.id);
    if (y != nullptr && *y == x)
      continue;
    ++changes;
    if (y == nullptr && x.role != member_role::leaving)
      return "node " + to_string(x.id) + " is gone without leaving";
    if (y == nullptr && next.former.size() < former_members_max && std::ranges::count(next.former, x.id) != 1)
      return "node " + to_string(x.id) + " is gone and forgotten";
    if (auto wrong = y != nullptr ? check_member_step(x, *y) : std::string{}; !wrong.empty())
      return wrong;
  }
  for (const auto& x : next.members) {
    if (before.find(x.id) != nullptr)
      continue;
    ++changes;
    if (x.role != member_role::learner || x.joined != next.version)
      return "node " + to_string(x.id) + " is new, and no new learner";
    if (x.first_time && std::ranges::count(before.former, x.id) > 0)
      return "node " + to_string(x.id) + " was here before";
  }
  if (!std::ranges::includes(next.former, before.former))
    return "former members are forgotten";
  return changes == 1 ? "" : std::to_string(changes) + " members have changed in one step";
}

} // namespace kommander::test
