/// The clock from which all partitions of a node take their tickets: so no two tickets of a node are the same, and those of
/// one partition may move to another. Lock-free; to be shared between threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "kommander/hlc.hpp"
#include "kommander/types.hpp"

namespace kommander {

class node_clock {
public:
  explicit node_clock(node_id node) noexcept : node_{node.value()} {
    // nop
  }

  /// As `hybrid_clock::issue`: what is returned is what the clock shows then.
  hlc_timestamp issue(std::uint64_t wall_milliseconds) noexcept {
    auto wall = std::min(wall_milliseconds, hlc_timestamp::milliseconds_max) << hlc_timestamp::counter_bits;
    auto seen = last_.load(std::memory_order_relaxed);
    auto next = seen;
    do
      next = std::max(wall, seen + 1);
    while (!last_.compare_exchange_weak(seen, next, std::memory_order_relaxed));
    return {next, node_};
  }

  /// As `hybrid_clock::observe`.
  void observe(const hlc_timestamp& x) noexcept {
    if (x.milliseconds() > hlc_timestamp::milliseconds_max)
      return;
    auto seen = last_.load(std::memory_order_relaxed);
    while (x.time > seen && !last_.compare_exchange_weak(seen, x.time, std::memory_order_relaxed))
      ;
  }

private:
  std::uint64_t node_;
  std::atomic<std::uint64_t> last_{0};
};

} // namespace kommander
