/// How long a cluster is without a leader when the leader dies.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Three processes at 100 ms heartbeats and 400 to 800 ms elections: kills the leader with SIGKILL and measures until
/// the next write commits, `options.trials` times. Prints a line a trial and a summary.
int run_failover(bench_options options);

} // namespace kommander::bench
