/// The directory that a log lives in.
#pragma once

#include <string>
#include <utility>

#include "kommander/result.hpp"

namespace kommander {

/// Makes sure that `path` is a directory that this process can write to: creates it, for the owner only (mode 0700), and
/// its parents if they are missing. Errors name the path and what is wrong with it.
result<done> prepare_directory(const std::string& path);

/// Success unless `path` holds `file`, by which a log of another adapter is known: beside it, a new and empty log would be
/// made, and what is there would seem to be lost. `factory` is what opens that log.
result<done> refuse_other_log(const std::string& path, const std::string& file, const std::string& factory);

/// Makes what has been created in `path`, and `path` itself, durable.
result<done> sync_directory(const std::string& path);

/// Holds a directory for one log, in this process and among all others, until it goes. The lock ends with the process.
class directory_lock {
public:
  /// Locks the file LOCK in `path`, without waiting.
  static result<directory_lock> acquire(const std::string& path);

  directory_lock(directory_lock&& other) noexcept : file_{std::exchange(other.file_, -1)} {
    // nop
  }

  directory_lock& operator=(directory_lock&&) = delete;
  ~directory_lock();

private:
  explicit directory_lock(int file) noexcept : file_{file} {
    // nop
  }

  int file_;
};

} // namespace kommander
