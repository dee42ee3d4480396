#include "actors/coordinator/eviction.hpp"

#include <algorithm>
#include <cstddef>

namespace kommander {

namespace {

bool is_alive(const liveness_view& view, node_id id, node_id self) {
  const auto* x = view.find(id);
  return id == self || (x != nullptr && x->state == liveness::alive);
}

bool can_do_without(const cluster_roster& roster, const liveness_view& view, node_id self, node_id id) {
  std::size_t voters = 0, alive = 0;
  for (const auto& x : roster.members) {
    if (x.id == id || x.role != member_role::voter)
      continue;
    ++voters;
    alive += is_alive(view, x.id, self) ? 1 : 0;
  }
  return alive > voters / 2;
}

} // namespace

std::optional<node_id> whom_to_evict(const cluster_roster& roster, const liveness_view& view, const eviction_rule& rule,
                                     instant now) {
  if (rule.grace == instant{0} || std::ranges::any_of(roster.members, &member_info::evicted))
    return std::nullopt;
  std::optional<node_id> result;
  instant longest{0};
  for (const auto& x : roster.members) {
    if (x.id == rule.self || x.role == member_role::leaving || !is_dead(view, x.id))
      continue;
    auto answer = rule.answered.find(x.id);
    auto since = std::max(view.find(x.id)->since, answer != rule.answered.end() ? answer->second : instant{0});
    if (now - std::max(since, rule.leads_since) < rule.grace || (result && since >= longest)
        || !can_do_without(roster, view, rule.self, x.id))
      continue;
    result = x.id;
    longest = since;
  }
  return result;
}

bool is_dead(const liveness_view& view, node_id id) noexcept {
  const auto* x = view.find(id);
  return x != nullptr && x->state == liveness::dead;
}

bool is_in_doubt(const liveness_view& view, node_id id) noexcept {
  const auto* x = view.find(id);
  return x != nullptr && x->state != liveness::alive;
}

} // namespace kommander
