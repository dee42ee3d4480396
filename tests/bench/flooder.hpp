/// Somebody who opens connections to nodes and proves nothing.
#pragma once

#include "tests/bench/options.hpp"

namespace kommander::bench {

/// Begins `flood_rate` connections a second, to `ports` in turn, for the seconds of the warm-up and of the count,
/// from one thread that waits for nothing. In turns they say garbage, a greeting with a wrong proof, nothing, a
/// packet of CAF's, and a good hello of TLS; each is kept open for a second unless the node closes it. Prints what
/// became of them, and what that cost this process.
int run_flooder(const bench_options& options);

} // namespace kommander::bench
