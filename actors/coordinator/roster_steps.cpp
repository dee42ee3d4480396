#include "actors/coordinator/roster_steps.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

std::string name(node_id x) {
  return "node " + to_string(x);
}

roster_outcome refused(status code, std::string reason) {
  return {code, std::move(reason), false};
}

roster_outcome holds_already() {
  return {};
}

roster_outcome not_found(const cluster_roster& roster, node_id id) {
  return refused(status::member_not_found, name(id) + " is no member of roster version " + to_string(roster.version));
}

roster_outcome busy_leaving(const cluster_roster& roster, node_id id, const char* then) {
  return refused(status::concurrent_membership_change,
                 name(id) + " is leaving in roster version " + to_string(roster.version) + "; " + then);
}

roster_outcome next_version(cluster_roster& roster) {
  ++roster.version;
  return {status::success, {}, true};
}

/// Empty: nothing.
std::string wrong_with_address(const endpoint& address, const std::string& zone) {
  if (address.host.empty() || address.host.size() > host_bytes_max)
    return "its host has " + std::to_string(address.host.size()) + " bytes, but must have 1 to "
           + std::to_string(host_bytes_max);
  if (zone.size() > zone_bytes_max)
    return "its zone has " + std::to_string(zone.size()) + " bytes, but may have at most "
           + std::to_string(zone_bytes_max);
  return {};
}

member_info* find(cluster_roster& roster, node_id id) {
  return const_cast<member_info*>(roster.find(id)); // NOLINT: of a roster that is not const
}

/// Certainly: no node of this id was ever a member.
bool is_new(const cluster_roster& roster, node_id id) {
  return roster.former.size() < former_members_max && !std::ranges::binary_search(roster.former, id);
}

// -- steps ----------------------------------------------------------------------------------------------------------

roster_outcome join(cluster_roster& roster, const member_change& x) {
  if (auto wrong = wrong_with_address(x.address, x.zone); !wrong.empty())
    return refused(status::invalid_argument, name(x.node) + " cannot join: " + wrong);
  if (auto* member = find(roster, x.node)) {
    if (member->role == member_role::leaving)
      return busy_leaving(roster, x.node, "it may join again when it has left");
    auto is_first_disk = member->disk == 0 && x.disk != 0;
    auto has_another = member->disk != 0 && member->disk != several_disks && member->disk != x.disk;
    if (is_first_disk)
      member->disk = x.disk;
    if (member->address == x.address && member->zone == x.zone && !has_another)
      return {status::success, {}, is_first_disk}; // nobody has to do anything: it is the same roster
    member->address = x.address;
    member->zone = x.zone;
    if (has_another) {
      member->first_time = false; // what it had promised may be on the other one
      member->disk = several_disks;
    }
    return next_version(roster);
  }
  if (roster.members.size() >= members_max)
    return refused(status::errored, name(x.node) + " cannot join: roster version " + to_string(roster.version) + " has "
                                      + std::to_string(roster.members.size()) + " members already");
  auto first_time = x.disk != 0 && is_new(roster, x.node);
  auto disk = first_time ? x.disk : several_disks;
  member_info added{x.node, x.address, x.zone, member_role::learner, roster.version + 1, false, disk, first_time};
  auto where = std::ranges::lower_bound(roster.members, x.node, {}, &member_info::id);
  roster.members.insert(where, std::move(added));
  return next_version(roster);
}

roster_outcome promote(cluster_roster& roster, node_id id) {
  auto* member = find(roster, id);
  if (member == nullptr)
    return not_found(roster, id);
  switch (member->role) {
    case member_role::voter: return holds_already();
    case member_role::leaving: return busy_leaving(roster, id, "it does not become a voter");
    default: member->role = member_role::voter; return next_version(roster);
  }
}

/// Its own wish counts more than an eviction: whoever wanted to go is not brought back.
roster_outcome leave(cluster_roster& roster, node_id id, bool evicted) {
  auto* member = find(roster, id);
  if (member == nullptr)
    return not_found(roster, id);
  if (member->role == member_role::leaving) {
    if (evicted)
      return holds_already();
    if (!member->evicted)
      return refused(status::drain_in_progress,
                     name(id) + " is leaving in roster version " + to_string(roster.version) + "; it has not left yet");
    member->evicted = false;
    return next_version(roster);
  }
  auto stays = [id](const member_info& y) { return y.id != id && y.role == member_role::voter; };
  if (std::ranges::none_of(roster.members, stays))
    return refused(status::insufficient_voters,
                   name(id) + " cannot leave: roster version " + to_string(roster.version) + " has no other voter");
  member->role = member_role::leaving;
  member->evicted = evicted;
  return next_version(roster);
}

roster_outcome stay(cluster_roster& roster, node_id id) {
  auto* member = find(roster, id);
  if (member == nullptr)
    return not_found(roster, id);
  if (member->role != member_role::leaving)
    return holds_already();
  member->role = member_role::learner;
  member->evicted = false;
  return next_version(roster);
}

roster_outcome remove(cluster_roster& roster, node_id id) {
  const auto* member = find(roster, id);
  if (member == nullptr)
    return holds_already();
  if (member->role != member_role::leaving)
    return refused(status::errored, name(id) + " is a " + std::string{to_string(member->role)} + " in roster version "
                                      + to_string(roster.version) + "; it must leave first");
  roster.members.erase(std::ranges::lower_bound(roster.members, id, {}, &member_info::id));
  auto where = std::ranges::lower_bound(roster.former, id);
  if (roster.former.size() < former_members_max && (where == roster.former.end() || *where != id))
    roster.former.insert(where, id);
  return next_version(roster);
}

} // namespace

std::string wrong_with_first(const std::vector<member_info>& members) {
  if (members.empty() || members.size() > members_max)
    return "a cluster begins with 1 to " + std::to_string(members_max) + " members, not with "
           + std::to_string(members.size());
  node_id last;
  for (const auto& x : members) {
    if (x.id <= last)
      return name(x.id) + " comes behind " + name(last) + "; the first members ascend by id, from 1";
    if (auto wrong = wrong_with_address(x.address, x.zone); !wrong.empty())
      return name(x.id) + " cannot be a first member: " + wrong;
    last = x.id;
  }
  return {};
}

cluster_roster first_roster(const std::vector<member_info>& members) {
  cluster_roster result{roster_version{1}, members};
  for (auto& x : result.members) {
    x.role = member_role::voter;
    x.joined = result.version;
    x.evicted = false;
    x.disk = 0;
    x.first_time = false;
  }
  return result;
}

roster_outcome change_roster(cluster_roster& roster, const member_change& x) {
  if (!x.node)
    return refused(status::invalid_argument, "no node has the id 0");
  if (x.expected && x.expected != roster.version)
    return refused(status::stale_membership, "the change of " + name(x.node) + " is meant for roster version "
                                               + to_string(x.expected) + ", but the present one is "
                                               + to_string(roster.version));
  switch (x.what) {
    case member_step::join: return join(roster, x);
    case member_step::promote: return promote(roster, x.node);
    case member_step::leave: return leave(roster, x.node, x.evicted);
    case member_step::stay: return stay(roster, x.node);
    case member_step::remove: return remove(roster, x.node);
  }
  return refused(status::invalid_argument, "there is no such step of " + name(x.node));
}

bool is_consistent(const cluster_roster& x) {
  if (!x.version || !wrong_with_first(x.members).empty() || x.former.size() > former_members_max)
    return false;
  auto is_ascending = std::ranges::adjacent_find(x.former, std::ranges::greater_equal{}) == x.former.end();
  if (!is_ascending || (!x.former.empty() && !x.former.front()))
    return false;
  auto is_possible = [&](const member_info& y) {
    auto may_be_new = y.disk != 0 && y.disk != several_disks && !std::ranges::binary_search(x.former, y.id);
    return y.joined && y.joined <= x.version && (!y.evicted || y.role == member_role::leaving)
           && (!y.first_time || may_be_new);
  };
  auto votes = [](const member_info& y) { return y.role == member_role::voter; };
  return std::ranges::all_of(x.members, is_possible) && std::ranges::any_of(x.members, votes);
}

} // namespace kommander
