/// What the proposals that wait for their answer count for against the node's budget, and since when they wait. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "actors/partition/lazy_deque.hpp"
#include "actors/partition/node_budget.hpp"
#include "actors/partition/proposals.hpp"

namespace kommander {

struct open_charge {
  load cost;
  instant since{0};
};

/// By ids that ascend, of which the oldest are mostly answered first.
class open_charges {
public:
  void add(proposal_id id, open_charge x) {
    charges_.push_back({id, x});
  }

  /// The charge of `id`, which is forgotten; none if there is none (any more).
  std::optional<open_charge> take(proposal_id id) {
    auto found =
      std::lower_bound(charges_.begin(), charges_.end(), id, [](const auto& x, proposal_id y) { return x.first < y; });
    if (found == charges_.end() || found->first != id)
      return std::nullopt;
    auto result = std::exchange(found->second, std::nullopt);
    while (!charges_.empty() && !charges_.front().second)
      charges_.pop_front();
    return result;
  }

  /// The sum of all charges, which are forgotten.
  load take_all() {
    load sum;
    for (const auto& [id, x] : std::exchange(charges_, {}))
      if (x)
        sum = {sum.entries + x->cost.entries, sum.bytes + x->cost.bytes};
    return sum;
  }

private:
  lazy_deque<std::pair<proposal_id, std::optional<open_charge>>> charges_;
};

} // namespace kommander
