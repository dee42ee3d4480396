/// What bad connections cost a cluster under load.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Measures first a quiet cluster and then a flooded one, `runs` times in turns.
int run_flood(const bench_options& options);

} // namespace kommander::bench
