#include "tests/sim/checker/roster_facts.hpp"

#include <algorithm>

#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

std::string name(partition_id x) {
  return "partition " + to_string(x);
}

std::string name(node_id x) {
  return "node " + to_string(x);
}

} // namespace

roster_facts::roster_facts(const plan& settings, checker& groups, dose& counts)
  : plan_{settings},
    groups_{groups},
    dose_{counts} {
  for (std::uint64_t i = 1; i <= settings.first_voters; ++i)
    ever_members_.emplace(i);
}

void roster_facts::follow(const partition_map& before, const partition_map& next) {
  for (const auto& x : next.partitions) {
    const auto* was = before.find(x.id);
    if (was == nullptr) {
      births_.emplace(x.id, group_configuration::of(x.born_voters));
      groups_.born(x.id, births_.at(x.id));
    } else if (x.state != partition_state::removed) {
      follow_placement(*was, x);
    }
    if (x.state == partition_state::removed)
      removed_.insert(x.id);
    note_hosts(x);
  }
  follow_roster(before.roster, next);
}

void roster_facts::note_hosts(const partition_info& x) {
  if (!x.where.is_placed()) {
    everywhere_.insert(x.id);
    return;
  }
  for (std::uint64_t i = 1; i <= plan_.nodes; ++i)
    (x.where.hosts(node_id{i}) ? hosts_ : elsewhere_).emplace(x.id, node_id{i});
}

// -- members --------------------------------------------------------------------------------------------------------

void roster_facts::follow_roster(const cluster_roster& before, const partition_map& next) {
  for (const auto& x : next.roster.members) {
    const auto* was = before.find(x.id);
    ever_members_.insert(x.id);
    if (!before.version)
      continue;
    if (was == nullptr)
      joins(x, next);
    else if (was->role == member_role::leaving && x.role == member_role::learner)
      joins(x, next);
    else if (was->role == member_role::learner && x.role == member_role::voter)
      check_promotion(x.id, next);
    if (was != nullptr && was->role != member_role::leaving && x.role == member_role::leaving)
      ++(x.evicted ? dose_.evictions : dose_.leaves);
  }
  for (const auto& x : before.members)
    dose_.removals += next.roster.find(x.id) == nullptr ? 1 : 0;
}

void roster_facts::joins(const member_info& x, const partition_map& map) {
  auto is_back = std::ranges::binary_search(map.roster.former, x.id);
  ++dose_.joins;
  dose_.returns += is_back ? 1 : 0;
  mark({partition_id{0}, x.id});
  for (const auto& y : map.partitions)
    mark({y.id, x.id});
}

void roster_facts::check_promotion(node_id node, const partition_map& map) const {
  ++dose_.promotions;
  for (const auto& x : map.partitions)
    if (x.state != partition_state::removed && !x.where.is_placed() && !is_near({x.id, node}))
      throw violation{name(node) + " is promoted, and has not caught up in " + name(x.id)};
  if (!is_near({partition_id{0}, node}))
    throw violation{name(node) + " is promoted, and has not caught up in partition 0"};
}

void roster_facts::mark(replica_key x) {
  marks_[x] = groups_.history(x.first).committed();
}

/// A replica that nobody had to ask for has been there from the beginning.
bool roster_facts::is_near(replica_key x) const {
  auto found = marks_.find(x);
  return found == marks_.end() || groups_.is_struck(x.second)
         || groups_.reached(x.second, x.first) + plan_.members.promotion_lag >= found->second;
}

// -- replicas -------------------------------------------------------------------------------------------------------

void roster_facts::follow_placement(const partition_info& before, const partition_info& next) {
  const auto& was = before.where;
  const auto& now = next.where;
  if (was.version == now.version)
    return;
  if (was.phase == placement_phase::settled)
    ++dose_.moves_begun;
  if (now.phase == placement_phase::adding) {
    for (auto id : now.replicas)
      if (was.phase != placement_phase::adding || !std::ranges::binary_search(was.replicas, id))
        mark({next.id, id});
  } else if (now.phase == placement_phase::switching) {
    check_switch(before, next);
  } else {
    ++dose_.moves_done;
    check_settled(next);
  }
}

void roster_facts::check_switch(const partition_info& before, const partition_info& next) const {
  if (before.where.phase != placement_phase::adding)
    return; // nobody is new
  for (auto id : next.where.replicas)
    if (!std::ranges::binary_search(next.where.former, id) && !is_near({next.id, id}))
      throw violation{name(next.id) + " switches to " + name(id) + ", which has not caught up"};
}

void roster_facts::check_settled(const partition_info& x) const {
  const auto& group = groups_.committed_group(x.id);
  if (group.is_joint() || group.voters != x.where.replicas)
    throw violation{name(x.id) + " is settled, and its group has other voters"};
}

// -- groups and nodes -----------------------------------------------------------------------------------------------

void roster_facts::configured(partition_id partition, const group_configuration& made) const {
  for (auto id : made.members())
    if (!ever_members_.contains(id))
      throw violation{name(id) + " is in the group of " + name(partition) + ", and never was a member"};
}

void roster_facts::starts(node_id node, partition_id partition, const group_configuration& first) const {
  auto birth = births_.find(partition);
  if (birth == births_.end() || first != birth->second)
    throw violation{name(node) + " runs " + name(partition) + " with first voters that the map does not say"};
  if (!everywhere_.contains(partition) && !hosts_.contains({partition, node}))
    throw violation{name(node) + " runs " + name(partition) + ", which was never placed there"};
}

void roster_facts::lets_go(node_id node, partition_id partition) const {
  if (!elsewhere_.contains({partition, node}) && !removed_.contains(partition))
    throw violation{name(node) + " lets " + name(partition) + " go, which was never placed elsewhere"};
}

} // namespace kommander::sim
