/// The simulator's command line.
#pragma once

#include <cstdint>
#include <string>

#include "tests/sim/plan.hpp"

namespace kommander::sim {

enum class run_mode : std::uint8_t { series, list, replay, minimise, help };

struct run_options {
  run_mode mode = run_mode::series;
  std::uint64_t seeds = 100;
  std::uint64_t ticks = 20'000;
  std::uint64_t first = 0; ///< Zero: a seed from the time of day, so that every run finds new ground.
  std::uint64_t seed = 0;  ///< To replay or minimise.
  unsigned jobs = 1;
  bool trace = false;
  std::string list; ///< A file of regression seeds.
  plan_overrides overrides;
};

/// Throws std::runtime_error that names the option, the value and what would be right.
run_options parse_options(int argc, char** argv);

/// What `--help` prints.
std::string usage();

} // namespace kommander::sim
