/// The network's logger.
#pragma once

#include <spdlog/spdlog.h>

namespace kommander::net {

/// `kommander.net`, as the application has registered it in spdlog, else made like its default logger. Keep it where
/// lines are frequent: finding it takes a lock.
std::shared_ptr<spdlog::logger> network_log();

} // namespace kommander::net
