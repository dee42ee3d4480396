#include "actors/coordinator/placement_steps.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

std::string name(partition_id x) {
  return "partition " + to_string(x);
}

placement_outcome refused(status code, std::string reason) {
  return {code, std::move(reason), false};
}

bool ascends(const std::vector<node_id>& x) {
  return (x.empty() || x.front()) && std::ranges::adjacent_find(x, std::ranges::greater_equal{}) == x.end();
}

/// Who votes until the group switches. If it has followed the roster, it may be behind that: any member may.
std::vector<node_id> present_voters(const partition_placement& x, const cluster_roster& roster) {
  if (x.phase == placement_phase::adding)
    return x.former;
  if (x.is_placed())
    return x.replicas;
  std::vector<node_id> all;
  for (const auto& member : roster.members)
    all.push_back(member.id);
  return all;
}

std::string wrong_with_replicas(const std::vector<node_id>& x, const cluster_roster& roster) {
  if (x.empty() || x.size() > members_max || !ascends(x))
    return "has 1 to " + std::to_string(members_max) + " replicas, whose nodes ascend by id";
  for (auto id : x) {
    const auto* member = roster.find(id);
    if (member == nullptr || member->role != member_role::voter)
      return "cannot be on node " + to_string(id) + ", which is no voter of roster version "
             + to_string(roster.version);
  }
  return {};
}

placement_outcome add(partition_info& x, const cluster_roster& roster, const map_place& step) {
  auto& where = x.where;
  if (where.phase == placement_phase::switching)
    return refused(status::errored, name(x.id) + " is switching its replicas");
  if (auto wrong = wrong_with_replicas(step.replicas, roster); !wrong.empty())
    return refused(status::invalid_argument, name(x.id) + " " + wrong);
  auto before = present_voters(where, roster);
  if (step.replicas == where.replicas)
    return {};
  auto adds = !std::ranges::includes(before, step.replicas);
  where.former = std::move(before);
  where.replicas = step.replicas;
  where.phase = adds ? placement_phase::adding : placement_phase::switching;
  return {status::success, {}, true};
}

} // namespace

placement_outcome change_placement(partition_info& x, const cluster_roster& roster, const map_place& step,
                                   map_version next) {
  auto& where = x.where;
  if (step.expected != where.version)
    return refused(status::stale_membership, "the step is meant for replicas of map version " + to_string(step.expected)
                                               + ", but those of " + name(x.id) + " are of "
                                               + to_string(where.version));
  placement_outcome result{status::success, {}, true};
  if (step.to == placement_phase::adding) {
    result = add(x, roster, step);
  } else if (step.to == placement_phase::switching && where.phase == placement_phase::adding) {
    where.phase = placement_phase::switching;
  } else if (step.to == placement_phase::settled && where.phase == placement_phase::switching) {
    where.phase = placement_phase::settled;
    where.former.clear();
  } else {
    return refused(status::errored, "the replicas of " + name(x.id) + " are " + std::string{to_string(where.phase)}
                                      + ", so they cannot become " + std::string{to_string(step.to)});
  }
  if (result.changed)
    where.version = next;
  return result;
}

std::size_t replicas_wanted(const partition_map& map, const partition_placement& x, std::size_t voters) noexcept {
  auto factor = x.factor != 0 ? x.factor : map.replication_factor;
  if (factor == 0)
    return x.is_placed() ? voters : 0; // whoever has a place keeps one
  return std::min<std::size_t>(factor, voters);
}

bool is_consistent(const partition_info& x, const partition_map& map) {
  const auto& where = x.where;
  if (where.factor > members_max || where.replicas.size() > members_max || where.former.size() > members_max
      || !ascends(where.replicas) || !ascends(where.former))
    return false;
  if (where.version < x.created || where.version > map.version)
    return false;
  if (where.former.empty() != (where.phase == placement_phase::settled)
      || (!where.is_placed() && !where.former.empty()))
    return false;
  if (where.phase == placement_phase::adding && std::ranges::includes(where.former, where.replicas))
    return false;
  auto is_member = [&](node_id id) { return map.roster.find(id) != nullptr; };
  return x.state == partition_state::removed
         || (std::ranges::all_of(where.replicas, is_member) && std::ranges::all_of(where.former, is_member));
}

} // namespace kommander
