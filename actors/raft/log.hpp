/// Loggers of the library: one for each component, named `kommander.<component>`.
///
/// A logger that the application has registered under such a name in spdlog is used as it is; otherwise it is made from
/// the application's default logger when it is first needed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace kommander {

/// The logger `kommander.<component>`. Keep what it returns where lines are frequent: finding it takes a lock.
std::shared_ptr<spdlog::logger> component_logger(std::string_view component);

/// Sets the level of all loggers of the library, those made later included. `level` is one of `raft_config::log_level`.
void set_log_level(const std::string& level);

} // namespace kommander
