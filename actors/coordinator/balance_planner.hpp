/// Which leaders should move to which nodes, so that no node does much more of the leading than another. Pure.
///
/// It is advice: a plan that is wrong costs a refused transfer. With a view that is not complete nothing is planned; what is
/// nearly even is left alone, so that nothing moves to and fro.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// A partition, as its leader tells.
struct led_partition {
  partition_id partition;
  double operations_per_second = 0;
  instant led_for{0}; ///< So long under this leader.
  std::vector<node_id>
    successors; ///< Voters that have nearly all of its log and answer, ascending; without the leader.

  friend bool operator==(const led_partition&, const led_partition&) = default;
};

/// What each voter of the cluster leads. One that has not told is not in it.
using leaders_view = std::map<node_id, std::vector<led_partition>>;

struct balance_options {
  std::uint64_t count_deadband = 1;              ///< Leaders more than the fair share are left alone.
  double load_imbalance_max = 0.25;              ///< Of the mean: loads that differ by less are left alone.
  double load_difference_min = 100;              ///< Operations a second: the same of smaller differences.
  instant led_for_min = std::chrono::seconds{5}; ///< Leaders younger than this stay.
  std::size_t moves_max = 4;                     ///< In one plan.
};

struct leader_move {
  partition_id partition;
  node_id from;
  node_id to;

  friend bool operator==(const leader_move&, const leader_move&) = default;
};

/// The moves for `nodes`, the voters that are alive, in the order in which they help most; the same view always gives the
/// same plan. First by the number of led partitions, and only if these are even by their load. `resting` are partitions
/// that have moved lately.
///
/// No plan unless the view has all `nodes`.
std::vector<leader_move> plan_balance(const std::vector<node_id>& nodes, const leaders_view& view,
                                      const std::set<partition_id>& resting, const balance_options& options);

} // namespace kommander
