/// The directory that a log lives in.
#pragma once

#include <string>

#include "kommander/result.hpp"

namespace kommander {

/// Makes sure that `path` is a directory that this process can write to: creates it, for the owner only (mode 0700), and
/// its parents if they are missing. Errors name the path and what is wrong with it.
result<done> prepare_directory(const std::string& path);

} // namespace kommander
