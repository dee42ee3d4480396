/// What a step of a partition's replicas makes of its placement. Part of what partition 0's log says, so every replica must come
/// to the same. Pure.
///
/// What holds after each step:
///  - Who is to vote somewhere is a member of the cluster; a member that leaves is removed from the roster only when it is
///    nowhere any more.
///  - Between two groups of voters is always `switching`, in which the majorities of both are needed.
#pragma once

#include <string>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/replica_choice.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

/// What became of a step. Without success nothing has changed, and it was
///  - `stale_membership`: meant for another version of the placement,
///  - `invalid_argument`: with replicas that can be none,
///  - `errored`: not the next step.
struct placement_outcome {
  status code = status::success;
  std::string reason;   ///< For people; empty on success.
  bool changed = false; ///< There is a new version of the placement.
};

/// Of a partition that is not removed. `next` is the version of the map that it leads to.
placement_outcome change_placement(partition_info& x, const cluster_roster& roster, const map_place& step,
                                   map_version next);

/// How many replicas a partition is to have, of so many voters; zero: it is not placed.
std::size_t replicas_wanted(const partition_map& map, const partition_placement& x, std::size_t voters) noexcept;

/// True if steps can lead to it.
bool is_consistent(const partition_info& x, const partition_map& map);

} // namespace kommander
