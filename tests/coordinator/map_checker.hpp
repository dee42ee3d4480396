/// Re-derives what must hold of a partition map and of each step from one version to the next, from the maps alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kommander/partition_map.hpp"
#include "tests/coordinator/roster_checker.hpp"

namespace kommander::test {

class map_checker {
public:
  /// What is wrong with `next` after the map that was given before; empty: nothing.
  std::string follow(const partition_map& next) {
    auto wrong = check_order(next);
    if (wrong.empty())
      wrong = check_ranges(next);
    if (wrong.empty())
      wrong = check_operations(next);
    if (wrong.empty())
      wrong = check_roster(next.roster);
    if (wrong.empty())
      wrong = check_step(next);
    before_ = next;
    return wrong;
  }

  /// How many places nobody owns.
  static std::uint64_t places_without_owner(const partition_map& x) {
    std::uint64_t owned = 0;
    for (const auto& y : x.partitions)
      owned += owns(y) ? size_of(y.range) : 0;
    return std::uint64_t{place_max} + 1 - owned;
  }

private:
  static bool owns(const partition_info& x) {
    return x.routed && x.state != partition_state::removed && x.state != partition_state::receiving;
  }

  static std::uint64_t size_of(const hash_range& x) {
    return std::uint64_t{x.last} - x.first + 1;
  }

  static std::string check_order(const partition_map& x) {
    for (std::size_t i = 0; i < x.partitions.size(); ++i)
      if (!x.partitions[i].id || (i > 0 && x.partitions[i - 1].id >= x.partitions[i].id))
        return "partitions are not in order";
    for (std::size_t i = 1; i < x.operations.size(); ++i)
      if (x.operations[i - 1].id >= x.operations[i].id)
        return "operations are not in order";
    if (x.find(x.next_id) != nullptr)
      return "the next id is in use";
    return {};
  }

  static std::string check_ranges(const partition_map& x) {
    std::vector<hash_range> owned;
    for (const auto& y : x.partitions)
      if (owns(y))
        owned.push_back(y.range);
    std::ranges::sort(owned);
    for (std::size_t i = 0; i < owned.size(); ++i)
      if (!owned[i].is_valid() || (i > 0 && owned[i].first <= owned[i - 1].last))
        return "two partitions own places of " + to_string(owned[i]);
    return {};
  }

  static std::string check_operations(const partition_map& x) {
    std::map<partition_id, operation_id> busy;
    std::size_t over = 0;
    for (const auto& y : x.operations) {
      over += is_over(y.phase) ? 1 : 0;
      for (auto where : {y.source, y.target})
        if (where && !is_over(y.phase) && !busy.emplace(where, y.id).second)
          return "two operations go on at partition " + to_string(where);
    }
    for (const auto& y : x.partitions) {
      auto rests = y.state == partition_state::active || y.state == partition_state::removed;
      if (!rests && !busy.contains(y.id))
        return "partition " + to_string(y.id) + " is " + std::string{to_string(y.state)} + " without an operation";
    }
    return over <= 64 ? "" : "too many operations that are over";
  }

  std::string check_step(const partition_map& next) const {
    if (!before_.version || next == before_)
      return {};
    if (next.version != before_.version + 1)
      return "versions are left out or used twice";
    for (const auto& x : before_.partitions) {
      const auto* y = next.find(x.id);
      auto name = "partition " + to_string(x.id);
      if (y == nullptr)
        return name + " is forgotten";
      if (x.state == partition_state::removed && *y != x)
        return name + " was removed, and has changed";
      if (x.created != y->created || x.born_receiving != y->born_receiving || x.born_with != y->born_with
          || x.routed != y->routed || x.born_voters != y->born_voters)
        return name + " has got another birth";
      auto has_changed = x.state != y->state || x.range != y->range;
      if (y->current < x.current || (has_changed && y->current == x.current))
        return name + " has changed within a generation";
    }
    for (const auto& x : next.partitions)
      if (auto voters = before_.roster.in_role(member_role::voter);
          before_.find(x.id) == nullptr && x.born_voters != (x.where.is_placed() ? x.where.replicas : voters))
        return "partition " + to_string(x.id) + " was not created with the voters of the roster, or where it is placed";
    for (const auto& x : next.partitions)
      if (auto wrong = check_placement(x, next); !wrong.empty())
        return "partition " + to_string(x.id) + wrong;
    auto wrong = check_roster_step(before_.roster, next.roster);
    return wrong.empty() ? check_holes(next) : wrong;
  }

  /// Who votes changes in one step only, and nobody who may vote is without the partition meanwhile.
  std::string check_placement(const partition_info& next, const partition_map& map) const {
    const auto* before = before_.find(next.id);
    const auto& where = next.where;
    for (auto id : where.replicas)
      if (next.state != partition_state::removed && map.roster.find(id) == nullptr)
        return " is placed on a node that is no member";
    if (before == nullptr)
      return where.phase == placement_phase::settled ? "" : " begins on its way";
    const auto& was = before->where;
    if (where == was)
      return {};
    auto factor_only = was;
    factor_only.factor = where.factor;
    if (where == factor_only)
      return {};
    if (where.version != map.version)
      return " moves without a version";
    switch (where.phase) {
      case placement_phase::settled:
        return was.phase == placement_phase::switching && where.replicas == was.replicas ? "" : " settles elsewhere";
      case placement_phase::switching: {
        auto stays =
          was.phase == placement_phase::adding && where.replicas == was.replicas && where.former == was.former;
        auto shrinks = std::ranges::includes(where.former, where.replicas);
        return was.phase != placement_phase::switching && (stays || shrinks) ? "" : " switches too early";
      }
      default:
        if (was.phase == placement_phase::switching)
          return " turns back";
        return was.phase == placement_phase::adding && where.former != was.former ? " forgets who votes" : "";
    }
  }

  /// Only an end of a partition with keys, or a new one with keys, changes how much nobody owns.
  std::string check_holes(const partition_map& next) const {
    auto expected = places_without_owner(before_);
    for (const auto& x : next.operations) {
      const auto* was = before_.find(x.id);
      const auto& source = *next.find(x.source);
      if (x.kind == operation_kind::remove && x.phase == operation_phase::committed && was->phase != x.phase
          && source.routed)
        expected += size_of(source.range);
      if (x.kind == operation_kind::create && was == nullptr && source.routed)
        expected -= size_of(source.range);
    }
    return expected == places_without_owner(next) ? "" : "places have lost or found an owner";
  }

  partition_map before_;
};

} // namespace kommander::test
