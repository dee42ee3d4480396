/// Which seeded bug is active. Only the special build of the simulator that is to find seeded bugs defines
/// KOMMANDER_SEEDED_BUGS; everywhere else `seeded` is a constant, and the library itself never sees this file.
#pragma once

#include <string_view>

namespace kommander::sim {

#ifdef KOMMANDER_SEEDED_BUGS

/// The name of the active bug; empty: none.
inline std::string_view active_bug;

inline bool seeded(std::string_view name) noexcept {
  return active_bug == name;
}

#else

constexpr bool seeded(std::string_view) noexcept {
  return false;
}

#endif

} // namespace kommander::sim
