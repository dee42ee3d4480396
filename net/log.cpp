#include "net/log.hpp"

#include <mutex>

namespace kommander::net {

std::shared_ptr<spdlog::logger> network_log() {
  static std::mutex creation;
  std::lock_guard guard{creation};
  if (auto known = spdlog::get("kommander.net"))
    return known;
  auto made = spdlog::default_logger()->clone("kommander.net");
  spdlog::register_logger(made);
  return made;
}

} // namespace kommander::net
