#include "actors/coordinator/balance_planner.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <ranges>

namespace kommander {

namespace {

/// The view with the moves planned so far.
class board {
public:
  board(const std::vector<node_id>& nodes, const leaders_view& view, const std::set<partition_id>& resting,
        const balance_options& options)
    : options_{options} {
    for (auto node : nodes)
      leads_[node];
    for (const auto& [node, all] : view)
      for (const auto& x : all)
        if (leads_.contains(node))
          put(node, x, !resting.contains(x.partition) && x.led_for >= options.led_for_min);
  }

  std::optional<leader_move> next() {
    auto by_count = best([](const side& x) { return static_cast<double>(x.count); });
    if (by_count)
      return by_count;
    return counts_are_even() ? best_by_load() : std::nullopt;
  }

private:
  struct item {
    led_partition what;
    bool movable = false;
  };

  struct side {
    std::vector<item> items;
    std::size_t count = 0;
    double load = 0;
  };

  void put(node_id node, const led_partition& x, bool movable) {
    auto& to = leads_.at(node);
    to.items.push_back({x, movable});
    ++to.count;
    to.load += x.operations_per_second;
  }

  [[nodiscard]] bool counts_are_even() const {
    auto [least, most] = std::ranges::minmax(leads_ | std::views::values, {}, &side::count);
    return most.count - least.count <= 1 + options_.count_deadband;
  }

  /// A leader from a node that has more than the deadband above another one, to the least of those that can take it.
  template <class Measure>
  std::optional<leader_move> best(Measure measure) {
    std::optional<leader_move> found;
    double gain = 1 + static_cast<double>(options_.count_deadband);
    for (const auto& [from, x] : leads_)
      for (const auto& y : x.items)
        for (auto to : y.what.successors) {
          auto target = leads_.find(to);
          if (!y.movable || target == leads_.end())
            continue;
          auto difference = measure(x) - measure(target->second);
          if (difference > gain) {
            gain = difference;
            found = leader_move{y.what.partition, from, to};
          }
        }
    carry_out(found);
    return found;
  }

  /// The move that brings the two loads closest together, if they differ by more than what is let pass.
  std::optional<leader_move> best_by_load() {
    double sum = 0;
    for (const auto& [node, x] : leads_)
      sum += x.load;
    auto allowed =
      std::max(options_.load_imbalance_max * sum / static_cast<double>(leads_.size()), options_.load_difference_min);
    std::optional<leader_move> found;
    double gain = 0;
    for (const auto& [from, x] : leads_)
      for (const auto& y : x.items)
        for (auto to : y.what.successors) {
          auto target = leads_.find(to);
          if (!y.movable || target == leads_.end() || target->second.count > x.count)
            continue;
          auto before = x.load - target->second.load;
          auto after = std::abs(before - 2 * y.what.operations_per_second);
          if (before > allowed && before - after > gain) {
            gain = before - after;
            found = leader_move{y.what.partition, from, to};
          }
        }
    carry_out(found);
    return found;
  }

  /// What has been planned is not planned again.
  void carry_out(const std::optional<leader_move>& x) {
    if (!x)
      return;
    auto& from = leads_.at(x->from);
    auto found = std::ranges::find(from.items, x->partition, [](const item& y) { return y.what.partition; });
    auto what = found->what;
    from.items.erase(found);
    --from.count;
    from.load -= what.operations_per_second;
    put(x->to, what, false);
  }

  const balance_options& options_;
  std::map<node_id, side> leads_;
};

} // namespace

std::vector<leader_move> plan_balance(const std::vector<node_id>& nodes, const leaders_view& view,
                                      const std::set<partition_id>& resting, const balance_options& options) {
  auto is_told = [&](node_id x) { return view.contains(x); };
  if (nodes.size() < 2 || !std::ranges::all_of(nodes, is_told))
    return {};
  board x{nodes, view, resting, options};
  std::vector<leader_move> plan;
  while (plan.size() < options.moves_max)
    if (auto move = x.next())
      plan.push_back(*move);
    else
      break;
  return plan;
}

} // namespace kommander
