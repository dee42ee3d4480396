/// A log of map commands that grows, and the map that follows it; every step is checked.
#pragma once

#include <caf/test/unit_test.hpp>

#include <string>

#include "actors/coordinator/map_state.hpp"
#include "tests/coordinator/map_checker.hpp"
#include "tests/coordinator/rosters.hpp"

namespace kommander::test {

using phase = operation_phase;

class map_story {
public:
  map_story() = default;

  explicit map_story(std::uint64_t partitions, std::uint64_t members = 3) {
    commit(map_initialize{partitions, first_members(members)});
  }

  map_outcome commit(const map_command& x) {
    auto before = state.map();
    last = state.apply(log_index{++index}, x);
    auto wrong = checker_.follow(state.map());
    if (!wrong.empty())
      CAF_ERROR(wrong);
    CAF_CHECK_EQUAL(last.changed, !(state.map() == before));
    CAF_CHECK_EQUAL(last.code == status::success, last.reason.empty());
    if (!before.version && last.changed)
      for (const auto& made : state.map().partitions)
        CAF_CHECK(made.born_voters
                  == (made.where.is_placed() ? made.where.replicas : state.map().roster.in_role(member_role::voter)));
    return last;
  }

  /// What becomes of a command, as a word: "changed", "success" if it changed nothing, or the status.
  std::string word(const map_command& x) {
    auto outcome = commit(x);
    return outcome.changed ? "changed" : std::string{to_string(outcome.code)};
  }

  map_outcome create(std::uint64_t id) {
    return commit(map_create{partition_id{id}, false, {}});
  }

  operation_id split(std::uint64_t source, std::uint32_t boundary = any_place, std::uint64_t target = 0) {
    map_begin x;
    x.source = partition_id{source};
    x.target = partition_id{target};
    x.routed = true;
    x.boundary = boundary;
    return commit(x).operation;
  }

  operation_id merge(std::uint64_t source, std::uint64_t survivor) {
    map_begin x;
    x.kind = operation_kind::merge;
    x.source = partition_id{source};
    x.target = partition_id{survivor};
    return commit(x).operation;
  }

  operation_id remove(std::uint64_t id, bool leaves_hole = true) {
    map_begin x;
    x.kind = operation_kind::remove;
    x.source = partition_id{id};
    x.leaves_hole = leaves_hole;
    return commit(x).operation;
  }

  map_outcome advance(operation_id id, phase from, phase to, std::string reason = {}) {
    return commit(map_advance{id, from, to, std::move(reason)});
  }

  void commit_operation(operation_id id) {
    advance(id, phase::fencing, phase::copying);
    advance(id, phase::copying, phase::committed);
  }

  void finish(operation_id id) {
    commit_operation(id);
    advance(id, phase::committed, phase::done);
  }

  void fail(operation_id id, phase from, std::string reason = "trouble") {
    advance(id, from, phase::rolling_back, std::move(reason));
    advance(id, phase::rolling_back, phase::failed);
  }

  const partition_info& partition(std::uint64_t id) const {
    const auto* x = state.map().find(partition_id{id});
    CAF_REQUIRE(x != nullptr);
    return *x;
  }

  const operation_info& operation(operation_id id) const {
    const auto* x = state.map().find(id);
    CAF_REQUIRE(x != nullptr);
    return *x;
  }

  /// "active [0, 9] g1" of each partition, one after the other.
  std::string text() const {
    std::string result;
    for (const auto& x : state.map().partitions)
      result += (result.empty() ? "" : "; ") + to_string(x.id) + " " + std::string{to_string(x.state)} + " "
                + (x.routed ? to_string(x.range) : "unrouted") + " g" + to_string(x.current);
    return result;
  }

  map_state state;
  map_outcome last;
  std::uint64_t index = 0;

private:
  map_checker checker_;
};

} // namespace kommander::test
