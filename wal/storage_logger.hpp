/// Where the logs say what is wrong with the disk.
#pragma once

#include <spdlog/spdlog.h>

#include <memory>

namespace kommander {

/// The application's logger for storage, if it has registered one; its default logger otherwise.
inline std::shared_ptr<spdlog::logger> storage_logger() {
  auto own = spdlog::get("kommander.wal");
  return own ? own : spdlog::default_logger();
}

} // namespace kommander
