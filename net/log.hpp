/// The network's logger.
#pragma once

#include <chrono>
#include <cstdint>

#include <spdlog/spdlog.h>

namespace kommander::net {

/// `kommander.net`, as the application has registered it in spdlog, else made like its default logger. Keep it where
/// lines are frequent: finding it takes a lock.
std::shared_ptr<spdlog::logger> network_log();

/// Lets through one line in five seconds.
class log_limiter {
public:
  /// How many lines were held back since the last one, or -1 if this one must be, too.
  std::int64_t admit();

private:
  std::chrono::steady_clock::time_point next_{};
  std::int64_t held_back_ = 0;
};

} // namespace kommander::net
