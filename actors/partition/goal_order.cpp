#include "actors/partition/goal_order.hpp"

#include <algorithm>

namespace kommander {

namespace {

template <class Version>
std::string too_old(const char* of, Version goal, Version known) {
  return "the goal is of version " + to_string(goal) + " of the " + of + "; version " + to_string(known)
         + " is known to the group's leader";
}

} // namespace

std::string goal_order::take(const group_request& x, const partition_map* map) {
  const auto* here = map != nullptr ? map->find(x.partition) : nullptr;
  auto placement =
    std::max(placement_, here != nullptr && here->where.is_placed() ? here->where.version : map_version{});
  if (x.placed < placement)
    return too_old("replicas", x.placed, placement);
  placement_ = x.placed;
  if (x.placed)
    return {};
  // A goal on the way to a roster says the version before it, so the one before the roster known here is not too old.
  auto known = map != nullptr ? map->roster.version : roster_version{};
  auto oldest = std::max(roster_, known ? known - 1 : known);
  if (x.version < oldest)
    return too_old("roster", x.version, oldest);
  roster_ = x.version;
  return {};
}

} // namespace kommander
