/// Which partitions' replicas should be elsewhere. Pure: the same view always gives the same plan.
///
/// First what lacks replicas or has them where they cannot stay, then what has too few or too many, and only if nothing of that
/// is to be done what would spread them better. A partition that has lost its majority cannot move: it waits, and nothing waits for
/// it.
#pragma once

#include <cstddef>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

struct placement_limits {
  /// Partitions that are on their way at a time, those that are already among them; but for those that have lost their majority.
  std::size_t moves_max = 4;
  bool balance = false; ///< Also what is only for the better.
};

/// Steps to `adding`. `alive` are members of the roster, ascending: only voters among them get replicas that they do not have.
/// Partitions at which an operation goes on stay as they are.
std::vector<map_place> plan_placement(const partition_map& map, const std::vector<node_id>& alive,
                                      const placement_limits& limits);

} // namespace kommander
