/// How a node finds its first contacts. Discovery never decides who votes. Free of CAF.
#pragma once

#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// The initial members, all named in advance, this node among them or not. Each node of a new cluster must name the
/// same ones.
struct static_discovery {
  std::vector<node_info> members;
};

} // namespace kommander
