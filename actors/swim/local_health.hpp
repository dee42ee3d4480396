/// How far a node trusts its own judgement (Lifeguard, section IV-A): the worse its own probes fare for reasons that may be
/// its own, the longer it waits for others. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace kommander {

class local_health {
public:
  /// Waits are at most `1 + score_max` times as long as they should be.
  explicit local_health(std::uint32_t score_max) noexcept : score_max_{score_max} {
    // nop
  }

  void worsen(std::uint32_t by = 1) noexcept {
    score_ = std::min(score_max_, score_ + std::min(by, score_max_));
  }

  void improve() noexcept {
    score_ -= score_ > 0 ? 1 : 0;
  }

  /// Zero: all is well.
  [[nodiscard]] std::uint32_t score() const noexcept {
    return score_;
  }

  /// What waits are to be multiplied by.
  [[nodiscard]] std::int64_t factor() const noexcept {
    return 1 + static_cast<std::int64_t>(score_);
  }

private:
  std::uint32_t score_max_;
  std::uint32_t score_ = 0;
};

} // namespace kommander
