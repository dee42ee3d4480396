/// Says when storage or a proposal is slow, without saying it too often.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "actors/raft/log.hpp"
#include <spdlog/spdlog.h>

namespace kommander {

/// Logs operations that take longer than a limit, at most once in a period: actors may share one, and are limited together.
class slow_operation_log {
public:
  slow_operation_log(std::string component, std::string what, std::chrono::nanoseconds limit,
                     std::chrono::nanoseconds period = std::chrono::seconds{10})
    : component_{std::move(component)},
      what_{std::move(what)},
      limit_{limit},
      period_{period} {
    // nop
  }

  /// Calls `operation` and returns what it returns.
  template <class F>
  auto time(F operation) {
    auto begun = std::chrono::steady_clock::now();
    auto value = operation();
    note(std::chrono::steady_clock::now() - begun);
    return value;
  }

  /// An operation took so long.
  void note(std::chrono::nanoseconds took) {
    if (took < limit_)
      return;
    std::lock_guard guard{slow_ones_};
    ++count_;
    auto now = std::chrono::steady_clock::now();
    if (now < quiet_until_)
      return;
    component_logger(component_)
      ->warn("{} took {} ms ({} slow ones since the last such line)", what_,
             std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), std::exchange(count_, 0));
    quiet_until_ = now + period_;
  }

private:
  std::string component_;
  std::string what_;
  std::chrono::nanoseconds limit_;
  std::chrono::nanoseconds period_;
  std::mutex slow_ones_;
  std::chrono::steady_clock::time_point quiet_until_{};
  std::uint64_t count_ = 0;
};

} // namespace kommander
