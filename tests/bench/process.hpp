/// Child processes, and what the kernel knows of processes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kommander::bench {

/// Another copy of this program, ended with SIGKILL when it goes out of scope, and by the kernel if this one dies.
class child_process {
public:
  child_process() = default;
  explicit child_process(const std::vector<std::string>& arguments);
  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&& other) noexcept;
  ~child_process();

  void kill();

  /// Waits until it ends by itself.
  void wait();

  [[nodiscard]] pid_t id() const noexcept {
    return pid_;
  }

private:
  pid_t pid_ = 0;
};

/// Processor time in seconds that a process has used so far; zero if it is gone.
double cpu_seconds(pid_t process);

/// Resident memory in bytes; zero if the process is gone.
double resident_bytes(pid_t process);

/// A TCP port of the loopback interface that was free just now.
std::uint16_t free_port();

} // namespace kommander::bench
