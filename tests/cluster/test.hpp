/// To be included by tests of whole nodes, after caf-test: what all of them begin with.
#pragma once

#include "tests/cluster/virtual_cluster.hpp"

namespace cluster_test {

using namespace kommander;
using namespace std::chrono_literals;

/// The partition that tests look at.
inline constexpr partition_id p{1};

} // namespace cluster_test
