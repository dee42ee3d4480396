/// How many proposals a partition has committed in the last seconds, and how long they waited. Pure, and of one size however
/// many there were.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

struct commit_rates {
  double operations_per_second = 0; ///< Committed entries.
  instant wait_p50{0};              ///< From the proposal to its answer; at most an octave's half above the truth.
  instant wait_p99{0};
};

class commit_meter {
public:
  /// So many seconds are looked back.
  static constexpr std::int64_t window_seconds = 10;

  /// A proposal of so many entries was answered with success after `waited`.
  void committed(instant now, instant waited, std::uint64_t entries);

  [[nodiscard]] commit_rates look(instant now) const;

private:
  static constexpr std::size_t buckets = 72; ///< Two for each power of two of microseconds.

  struct second {
    std::int64_t number = -1;
    std::uint64_t entries = 0;
    std::array<std::uint32_t, buckets> waits{};
  };

  std::vector<second> seconds_; ///< A ring, made with the first proposal: most partitions of a node never lead.
};

} // namespace kommander
