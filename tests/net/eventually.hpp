/// For what sends no events: counters, and what other processes do.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace kommander::test {

/// Longer than anything takes; only a test that fails waits so long.
inline constexpr std::chrono::seconds patience{30};

/// Asks `condition` until it holds; false if it never does.
inline bool eventually(const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

} // namespace kommander::test
