/// How long a node takes to join.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Three nodes in this process write `entries` entries over the partitions; then a fourth one, with an empty log, joins.
int run_join(const bench_options& options);

} // namespace kommander::bench
