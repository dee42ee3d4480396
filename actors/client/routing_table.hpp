/// Who owns a place, found quickly: the routed partitions of a map, in the order of their ranges. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "kommander/partition_map.hpp"

namespace kommander {

class routing_table {
public:
  /// Nobody owns anything.
  routing_table() = default;

  explicit routing_table(const partition_map& map);

  /// The same as `partition_map::route`, by a binary search. Nothing: nobody owns `place`.
  [[nodiscard]] std::optional<partition_id> find(std::uint32_t place) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept {
    return routes_.size();
  }

private:
  struct route {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    partition_id owner;
  };

  std::vector<route> routes_; ///< Ascending; they do not overlap.
};

} // namespace kommander
