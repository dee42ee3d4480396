/// What the disk can do by itself: the yardstick beside every figure.
#pragma once

#include <string>

namespace kommander::bench {

struct disk_figures {
  double syncs_per_second = 0;
  double p50_microseconds = 0;
  double p99_microseconds = 0;
};

/// Appends `bytes` to a growing file in `directory` and calls fdatasync, over and over for `seconds`.
disk_figures measure_disk(const std::string& directory, std::size_t bytes, double seconds);

} // namespace kommander::bench
