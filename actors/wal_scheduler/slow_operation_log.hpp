/// Says when storage is slow, without saying it too often.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "actors/raft/log.hpp"
#include <spdlog/spdlog.h>

namespace kommander {

/// Times operations and logs those that take longer than a limit, at most once in ten seconds.
class slow_operation_log {
public:
  slow_operation_log(std::string what, std::chrono::milliseconds limit) : what_{std::move(what)}, limit_{limit} {
    // nop
  }

  /// Calls `operation` and returns what it returns.
  template <class F>
  auto time(F operation) {
    auto begun = std::chrono::steady_clock::now();
    auto value = operation();
    auto ended = std::chrono::steady_clock::now();
    note(ended, std::chrono::duration_cast<std::chrono::milliseconds>(ended - begun));
    return value;
  }

private:
  void note(std::chrono::steady_clock::time_point now, std::chrono::milliseconds took) {
    if (took < limit_)
      return;
    ++slow_;
    if (now < quiet_until_)
      return;
    component_logger("wal")->warn("{} took {} ms ({} slow ones since the last such line)", what_, took.count(),
                                  std::exchange(slow_, 0));
    quiet_until_ = now + std::chrono::seconds{10};
  }

  std::string what_;
  std::chrono::milliseconds limit_;
  std::chrono::steady_clock::time_point quiet_until_{};
  std::uint64_t slow_ = 0;
};

} // namespace kommander
