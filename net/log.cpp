#include "net/log.hpp"

#include <mutex>
#include <utility>

namespace kommander::net {

namespace {

constexpr std::chrono::seconds log_interval{5};

} // namespace

std::shared_ptr<spdlog::logger> network_log() {
  static std::mutex creation;
  std::lock_guard guard{creation};
  if (auto known = spdlog::get("kommander.net"))
    return known;
  auto made = spdlog::default_logger()->clone("kommander.net");
  spdlog::register_logger(made);
  return made;
}

std::int64_t log_limiter::admit() {
  auto now = std::chrono::steady_clock::now();
  if (now < next_) {
    ++held_back_;
    return -1;
  }
  next_ = now + log_interval;
  return std::exchange(held_back_, 0);
}

} // namespace kommander::net
