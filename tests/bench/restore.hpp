/// How long a node takes to give a long log to its state machine when it starts.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Fills a log of `options.entries` entries for each payload, starts a node on it that is alone, and measures until all
/// is delivered.
int run_restore(const bench_options& options);

} // namespace kommander::bench
