/// How long a caller may wait at most.
#pragma once

#include <algorithm>
#include <chrono>

#include "kommander/types.hpp"

namespace kommander {

/// No wait is longer, so that no arithmetic overflows.
inline constexpr std::chrono::milliseconds wait_time_max{std::chrono::hours{24}};

/// What a caller asked for, within what there is.
inline instant bounded(std::chrono::milliseconds x) {
  return std::clamp(x, std::chrono::milliseconds{0}, wait_time_max);
}

} // namespace kommander
