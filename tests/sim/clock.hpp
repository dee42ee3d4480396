/// One node's clock: it starts anywhere, runs fast or slow, stands still and leaps, but never goes back.
#pragma once

#include <algorithm>

#include "kommander/types.hpp"

namespace kommander::sim {

/// Simulated time that passes in one tick of the cluster.
inline constexpr instant tick_length = std::chrono::milliseconds{10};

class sim_clock {
public:
  sim_clock(instant start, double rate) noexcept : now_{start}, rate_{rate} {
    // nop
  }

  [[nodiscard]] instant now() const noexcept {
    return now_;
  }

  /// The cluster's time is now `tick`.
  void advance(std::uint64_t tick) noexcept {
    auto passed = static_cast<double>(tick - tick_);
    tick_ = tick;
    if (tick >= frozen_until_)
      now_ += instant{static_cast<instant::rep>(passed * rate_ * static_cast<double>(tick_length.count()))};
  }

  void jump(instant step) noexcept {
    now_ += step;
  }

  void freeze_until(std::uint64_t tick) noexcept {
    frozen_until_ = std::max(frozen_until_, tick);
  }

  /// From now on the clock runs as it should.
  void repair() noexcept {
    rate_ = 1;
    frozen_until_ = 0;
  }

private:
  instant now_;
  double rate_;
  std::uint64_t tick_ = 0;
  std::uint64_t frozen_until_ = 0;
};

} // namespace kommander::sim
