/// Members and their steps, for stories about who belongs to a cluster.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "actors/coordinator/map_command.hpp"

namespace kommander::test {

inline endpoint address_of(std::uint64_t id) {
  return {"host-" + std::to_string(id), static_cast<std::uint16_t>(7000 + id % 1000)};
}

/// Members 1 to `count` of a new cluster.
inline std::vector<member_info> first_members(std::uint64_t count) {
  std::vector<member_info> result;
  for (std::uint64_t i = 1; i <= count; ++i)
    result.push_back({node_id{i}, address_of(i), "", member_role::voter, roster_version{1}, false});
  return result;
}

/// The disk that a node has unless it is said otherwise.
constexpr std::uint64_t disk_of(std::uint64_t id) {
  return 1000 + id;
}

inline member_change joining(std::uint64_t id, std::string zone = {}) {
  return {member_step::join, node_id{id}, address_of(id), std::move(zone), false, {}, disk_of(id)};
}

inline member_change joining_with(std::uint64_t id, std::uint64_t disk) {
  auto x = joining(id);
  x.disk = disk;
  return x;
}

inline member_change step_of(member_step what, std::uint64_t id, bool evicted = false) {
  return {what, node_id{id}, {}, {}, evicted, {}};
}

inline std::vector<node_id> ids(std::initializer_list<std::uint64_t> all) {
  std::vector<node_id> result;
  for (auto x : all)
    result.emplace_back(x);
  return result;
}

/// "v3: 1 voter, 2 leaving evicted"
inline std::string text_of(const cluster_roster& x) {
  auto result = "v" + to_string(x.version) + ":";
  for (const auto& y : x.members)
    result += (y.id == x.members.front().id ? " " : ", ") + to_string(y.id) + " " + std::string{to_string(y.role)}
              + (y.evicted ? " evicted" : "");
  return result;
}

} // namespace kommander::test
