/// Runs many seeds in several processes: a core that crashes or hangs ends one of them, and the seed is known.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/sim/cluster.hpp"

namespace kommander::sim {

/// One seed of a series, with the ticks of its safety phase.
struct seed_job {
  std::uint64_t seed = 0;
  std::uint64_t ticks = 0;
  plan_overrides overrides; ///< Of what the seed draws.
};

/// A seed that failed.
struct seed_failure {
  seed_job job;
  std::string why;
};

struct series_result {
  dose counts;
  std::vector<seed_failure> failures;
};

/// Runs all of `jobs` in `workers` processes; `on_progress(done, so far)` is called about once a second, and at the end.
series_result run_series(const std::vector<seed_job>& jobs, unsigned workers,
                         const std::function<void(std::size_t, const series_result&)>& on_progress);

/// Reads a list of regression seeds: a line is "seed ticks", and what follows is a remark; "#" begins a comment. Throws
/// std::runtime_error that names the file and the line.
std::vector<seed_job> read_seed_list(const std::string& path);

/// The command line that runs `job` again, to be appended to the path of the program.
std::string replay_arguments(const seed_job& job);

} // namespace kommander::sim
