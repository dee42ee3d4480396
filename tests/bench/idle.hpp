/// What many partitions cost while nothing happens in them.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Three nodes in this process, with the library's own settings of time: starts them, waits until every partition sleeps
/// everywhere, and prints what that took, what each partition holds in memory on each node, and what a quiet time costs.
int run_idle(const bench_options& options);

} // namespace kommander::bench
