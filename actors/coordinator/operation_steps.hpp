/// What an operation asks of the partitions that it concerns, as `control` entries of theirs. Everything follows from the
/// operation's record and the map, so whoever leads partition 0 takes the same steps. Pure.
#pragma once

#include <vector>

#include "actors/partition/ownership.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

/// What of the source's state the operation moves. Of a removal: all of it, to nowhere.
moving_state moving_of(const operation_info& x);

/// True if the library copies the state; what else passes through `copying` at once.
bool copies_state(const operation_info& x) noexcept;

struct partition_step {
  partition_id where;
  ownership_step what = ownership_step::fence;

  friend bool operator==(const partition_step&, const partition_step&) = default;
};

/// The steps that the operation's present phase asks for, in their order; but for the copy, which `copying` is.
std::vector<partition_step> steps_of(const operation_info& x);

/// The phase after the present one, when all its steps have been taken; itself if the operation is over.
operation_phase next_phase(const operation_info& x) noexcept;

/// The entry that is this step; any but `import`, which is made of what was exported. `map` is one in which the operation is
/// in the phase that asks for the step.
ownership_change change_of(ownership_step what, const operation_info& x, const partition_map& map);

} // namespace kommander
