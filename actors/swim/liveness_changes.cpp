#include "actors/swim/liveness_changes.hpp"

namespace kommander {

bool suspects(const liveness_view_ptr& view, node_id node) noexcept {
  const auto* known = view ? view->find(node) : nullptr;
  return known != nullptr && known->state != liveness::alive;
}

std::vector<node_id> newly_in_doubt(const liveness_view_ptr& before, const liveness_view_ptr& now) {
  std::vector<node_id> result;
  if (!now)
    return result;
  for (const auto& x : now->nodes) {
    const auto* old = before ? before->find(x.node) : nullptr;
    auto restarted = old != nullptr && old->incarnation != 0 && x.incarnation > old->incarnation;
    auto suspected = x.state != liveness::alive && !suspects(before, x.node);
    if (restarted || suspected)
      result.push_back(x.node);
  }
  return result;
}

} // namespace kommander
