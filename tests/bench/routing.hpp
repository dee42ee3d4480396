/// What it costs to find the partition of a key.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// For each number of partitions, prints how long a look-up takes: of a place, and of a key with its hash.
int run_routing(const bench_options& options);

} // namespace kommander::bench
