#include "actors/client/routing_table.hpp"

#include <algorithm>

namespace kommander {

routing_table::routing_table(const partition_map& map) {
  for (const auto& x : map.partitions)
    if (x.routed && x.state != partition_state::removed && x.state != partition_state::receiving)
      routes_.push_back({x.range.first, x.range.last, x.id});
  std::ranges::sort(routes_, {}, &route::first);
}

std::optional<partition_id> routing_table::find(std::uint32_t place) const noexcept {
  auto after = std::ranges::upper_bound(routes_, place, {}, &route::first);
  if (after == routes_.begin())
    return std::nullopt;
  const auto& found = *std::prev(after);
  return place <= found.last ? std::optional{found.owner} : std::nullopt;
}

} // namespace kommander
