#include "actors/swim/liveness.hpp"

#include <algorithm>

namespace kommander {

std::string_view to_string(liveness x) noexcept {
  switch (x) {
    case liveness::alive: return "alive";
    case liveness::suspect: return "suspect";
    case liveness::dead: return "dead";
  }
  return "unknown";
}

const node_liveness* liveness_view::find(node_id id) const noexcept {
  auto found = std::ranges::lower_bound(nodes, id, {}, &node_liveness::node);
  return found != nodes.end() && found->node == id ? &*found : nullptr;
}

} // namespace kommander
