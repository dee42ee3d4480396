#include "actors/coordinator/replica_choice.hpp"

#include <algorithm>
#include <compare>
#include <optional>
#include <tuple>
#include <utility>

namespace kommander {

replica_choice::replica_choice(const partition_map& map, std::vector<node_id> candidates)
  : candidates_{std::move(candidates)} {
  for (const auto& x : map.roster.members)
    if (!x.zone.empty())
      zones_.emplace(x.id, x.zone);
  for (const auto& x : map.partitions)
    if (x.state != partition_state::removed)
      place({}, x.where.replicas);
}

void replica_choice::place(const std::vector<node_id>& before, const std::vector<node_id>& after) {
  for (auto id : before)
    --counts_[id];
  for (auto id : after)
    ++counts_[id];
}

/// Others of `replicas` that fail together with this node.
std::size_t replica_choice::crowd(const std::vector<node_id>& replicas, node_id id) const {
  auto zone = zones_.find(id);
  if (zone == zones_.end())
    return 0;
  return static_cast<std::size_t>(std::ranges::count_if(replicas, [&](node_id x) {
    auto other = zones_.find(x);
    return x != id && other != zones_.end() && other->second == zone->second;
  }));
}

std::size_t replica_choice::load(node_id id) const {
  auto found = counts_.find(id);
  return found != counts_.end() ? found->second : 0;
}

std::vector<node_id> replica_choice::choose(std::size_t count, std::vector<node_id> keep) const {
  auto rank = [&](node_id x) { return std::tuple{crowd(keep, x), load(x), x}; };
  auto less = [&](node_id x, node_id y) { return rank(x) < rank(y); };
  while (keep.size() > count)
    keep.erase(std::ranges::max_element(keep, less));
  auto left = candidates_;
  std::erase_if(left, [&](node_id x) { return std::ranges::find(keep, x) != keep.end(); });
  while (keep.size() < count && !left.empty()) {
    auto best = std::ranges::min_element(left, less);
    keep.push_back(*best);
    left.erase(best);
  }
  std::ranges::sort(keep);
  return keep;
}

std::vector<node_id> replica_choice::improve(const std::vector<node_id>& replicas) const {
  auto without = [&](node_id x) {
    auto result = replicas;
    std::erase(result, x);
    return result;
  };
  std::optional<std::pair<node_id, node_id>> best;
  std::pair<long long, long long> gain{
    0, 1}; // in crowds, then in counts: to move one to where there is one fewer is no gain
  for (auto from : replicas)
    for (auto to : candidates_) {
      if (std::ranges::find(replicas, to) != replicas.end())
        continue;
      std::pair<long long, long long> now{static_cast<long long>(crowd(replicas, from))
                                            - static_cast<long long>(crowd(without(from), to)),
                                          static_cast<long long>(load(from)) - static_cast<long long>(load(to))};
      if (now > gain) {
        gain = now;
        best = {from, to};
      }
    }
  if (!best)
    return {};
  auto result = without(best->first);
  result.insert(std::ranges::lower_bound(result, best->second), best->second);
  return result;
}

} // namespace kommander
