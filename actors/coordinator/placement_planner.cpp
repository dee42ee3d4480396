#include "actors/coordinator/placement_planner.hpp"

#include <algorithm>
#include <set>

#include "actors/coordinator/node_lists.hpp"
#include "actors/coordinator/placement_steps.hpp"
#include "actors/coordinator/replica_choice.hpp"

namespace kommander {

namespace {

std::set<partition_id> occupied(const partition_map& map) {
  std::set<partition_id> result;
  for (const auto& x : map.operations)
    if (!is_over(x.phase)) {
      result.insert(x.source);
      result.insert(x.target);
    }
  return result;
}

class planner {
public:
  planner(const partition_map& map, const std::vector<node_id>& alive, const placement_limits& limits)
    : map_{map},
      alive_{alive},
      limits_{limits},
      voters_{map.roster.in_role(member_role::voter)},
      nodes_{map, common(alive, voters_)},
      occupied_{occupied(map)} {
    for (const auto& x : map_.partitions)
      on_their_way_ += is_on_its_way(x) && can_decide(x) ? 1 : 0;
  }

  std::vector<map_place> run() {
    auto all_is_well = true;
    for (auto urgent : {true, false})
      for (const auto& x : map_.partitions)
        all_is_well = !mend(x, urgent) && all_is_well;
    if (all_is_well && limits_.balance && on_their_way_ == 0)
      for (const auto& x : map_.partitions)
        improve(x);
    return std::move(plan_);
  }

private:
  [[nodiscard]] bool may_move(const partition_info& x) const {
    return x.state != partition_state::removed && x.where.phase != placement_phase::switching
           && !occupied_.contains(x.id);
  }

  [[nodiscard]] static bool is_on_its_way(const partition_info& x) noexcept {
    return x.state != partition_state::removed && x.where.phase != placement_phase::settled;
  }

  [[nodiscard]] bool have_majority(const std::vector<node_id>& group) const {
    return group.empty() || 2 * common(group, alive_).size() > group.size();
  }

  /// The partition's group can commit the next step.
  [[nodiscard]] bool can_decide(const partition_info& x) const {
    return (x.where.phase == placement_phase::adding || have_majority(x.where.replicas))
           && have_majority(x.where.former);
  }

  /// True if something is to be done about it, now or later. Urgent is what has replicas where they cannot stay.
  bool mend(const partition_info& x, bool urgent) {
    auto wanted = replicas_wanted(map_, x.where, voters_.size());
    if (x.state == partition_state::removed || wanted == 0)
      return false;
    const auto& now = x.where.is_placed() ? x.where.replicas : voters_;
    auto keep = common(now, voters_);
    if ((keep.size() < now.size()) != urgent)
      return false;
    if (keep.size() == wanted && keep.size() == now.size() && x.where.is_placed())
      return false;
    if (!may_move(x))
      return true;
    if (!can_decide(x))
      return false; // until its nodes come back
    auto next = nodes_.choose(wanted, keep);
    if (next.empty() || next == x.where.replicas)
      return false; // nobody is there who could take one
    move(x, next);
    return true;
  }

  void improve(const partition_info& x) {
    if (!may_move(x) || !x.where.is_placed() || !has_room(x) || !can_decide(x))
      return;
    if (auto next = nodes_.improve(x.where.replicas); !next.empty())
      move(x, next);
  }

  [[nodiscard]] bool has_room(const partition_info& x) const {
    return x.where.phase != placement_phase::settled || on_their_way_ < limits_.moves_max;
  }

  void move(const partition_info& x, const std::vector<node_id>& next) {
    if (!has_room(x))
      return;
    nodes_.place(x.where.replicas, next);
    on_their_way_ += x.where.phase == placement_phase::settled ? 1 : 0;
    plan_.push_back({x.id, x.where.version, placement_phase::adding, next});
  }

  const partition_map& map_;
  std::vector<node_id> alive_;
  placement_limits limits_;
  std::vector<node_id> voters_;
  replica_choice nodes_;
  std::set<partition_id> occupied_;
  std::size_t on_their_way_ = 0;
  std::vector<map_place> plan_;
};

} // namespace

std::vector<map_place> plan_placement(const partition_map& map, const std::vector<node_id>& alive,
                                      const placement_limits& limits) {
  return planner{map, alive, limits}.run();
}

} // namespace kommander
