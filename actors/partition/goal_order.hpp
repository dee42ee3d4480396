/// Which goals for a group's members are too old to be followed: they may be late, also those of somebody who leads partition 0
/// no more. Pure.
#pragma once

#include <string>

#include "actors/coordinator/node_request.hpp"

namespace kommander {

class goal_order {
public:
  /// Why `x`, which has a goal, is not to be followed by a leader whose node knows `map` (null: none yet); empty: it is to be, and
  /// nothing older from now on.
  std::string take(const group_request& x, const partition_map* map);

private:
  roster_version roster_; ///< The latest that was followed, …
  map_version placement_; ///< … and the latest placement, if the partition has one.
};

} // namespace kommander
