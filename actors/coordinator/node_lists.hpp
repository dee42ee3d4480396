/// Lists of nodes, ascending and without repetition, as sets.
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// Who is in both.
inline std::vector<node_id> common(const std::vector<node_id>& xs, const std::vector<node_id>& ys) {
  std::vector<node_id> result;
  std::ranges::set_intersection(xs, ys, std::back_inserter(result));
  return result;
}

/// Who is in one of them at least.
inline std::vector<node_id> united(const std::vector<node_id>& xs, const std::vector<node_id>& ys) {
  std::vector<node_id> result;
  std::ranges::set_union(xs, ys, std::back_inserter(result));
  return result;
}

} // namespace kommander
