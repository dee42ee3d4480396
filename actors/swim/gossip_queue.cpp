#include "actors/swim/gossip_queue.hpp"

#include <algorithm>
#include <tuple>

namespace kommander {

namespace {

/// SWIM's lambda.
constexpr std::uint32_t times_per_decade = 4;

} // namespace

std::uint32_t times_to_tell(std::size_t members) {
  std::uint32_t decades = 1;
  for (std::size_t n = 10; n <= members; n *= 10)
    ++decades;
  return times_per_decade * decades;
}

void gossip_queue::push(const rumour& x) {
  items_[x.subject] = {x, 0, ++arrivals_};
}

std::vector<rumour> gossip_queue::take(std::size_t bytes_max, std::uint32_t times_max, node_id spared) {
  std::vector<item*> all;
  for (auto& [subject, x] : items_)
    if (subject != spared)
      all.push_back(&x);
  auto n = std::min(all.size(), bytes_max / rumour_bytes_max);
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(n), {}, [](const item* x) {
    return std::tuple{x->told, ~x->arrival};
  });
  all.resize(n);
  std::vector<rumour> result;
  for (auto* x : all) {
    result.push_back(x->what);
    if (++x->told >= times_max)
      items_.erase(x->what.subject);
  }
  return result;
}

void gossip_queue::forget(node_id subject) {
  items_.erase(subject);
}

} // namespace kommander
