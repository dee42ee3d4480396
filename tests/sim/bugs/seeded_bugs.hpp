/// The tables of seeded bugs: those of core.bugs and map.bugs, and those that break what an owner or a disk promises the core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/plan.hpp"

namespace kommander::sim {

struct seeded_bug {
  const char* name;
  const char* what;
};

/// Those of the core and its owners; at least 30.
const std::vector<seeded_bug>& seeded_bugs();

/// Those of what makes partitions come, split, merge and go; at least 18. They are looked for in elastic clusters.
const std::vector<seeded_bug>& seeded_map_bugs();

struct hunt_result {
  std::uint64_t seeds = 0; ///< How many it took, the last one included; zero: not found.
  std::uint64_t tick = 0;
  std::string violation;
};

/// Runs seeds 1, 2, … with `bug` active until one fails.
hunt_result hunt(const seeded_bug& bug, std::uint64_t seeds_max, std::uint64_t ticks,
                 const plan_overrides& overrides = {});

} // namespace kommander::sim
