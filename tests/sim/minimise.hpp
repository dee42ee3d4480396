/// Makes a failing run smaller: fewer faults, nodes, partitions and ticks, as long as it still fails.
#pragma once

#include <string>

#include "tests/sim/cluster.hpp"

namespace kommander::sim {

struct small_failure {
  std::uint64_t seed = 0;
  std::uint64_t ticks = 0;
  plan_overrides overrides;
  run_result result;
};

/// Tries what can be left out of `start`, one thing at a time. `start` must fail.
small_failure minimise(small_failure start);

/// "--seed … --ticks … --nodes … --off …".
std::string replay_arguments(const small_failure& x);

} // namespace kommander::sim
