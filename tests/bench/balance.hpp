/// How leaders are spread over the nodes.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Three nodes in this process, of which the first leads all partitions at first: waits until each leads as many as the
/// others, or until the balancer has moved none for a while.
int run_balance(const bench_options& options);

} // namespace kommander::bench
