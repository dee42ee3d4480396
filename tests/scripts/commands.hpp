/// The commands of scripts; tests/README.md lists them. Free of CAF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/scripts/cluster.hpp"

namespace kommander::scripts {

/// Carries out one command on `target` and returns what happened, line by line. A command that makes no sense throws
/// `script_error`.
std::vector<std::string> run_command(cluster& target, std::string_view line);

} // namespace kommander::scripts
