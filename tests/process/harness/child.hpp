/// A program in a process of its own, and what the kernel tells about it. Free of CAF.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace process_test {

/// Longer than anything takes on a busy machine; only a test that fails waits so long.
inline constexpr std::chrono::seconds patience{40};

/// How a process ended.
struct ending {
  int code = 0;   ///< Exit code, if no signal ended it.
  int signal = 0; ///< Zero, or the signal that ended it.

  friend bool operator==(const ending&, const ending&) = default;
};

struct child_options {
  std::vector<std::string> arguments; ///< The program first.
  std::string output;                 ///< File for both of its outputs, appended to.
  bool without_privilege = false;     ///< For root: file permissions hold for it, as for anybody else.
  int name_space = -1;                ///< Descriptor of the network namespace to run in; -1: this thread's.
};

/// A child process. It is ended with SIGKILL and reaped when this object goes, and by the kernel when the thread that
/// started it ends, however that comes about.
class child {
public:
  child() = default;
  explicit child(const child_options& options); ///< Throws if there is no new process to be had.
  child(child&& other) noexcept;
  child& operator=(child&& other) noexcept;
  ~child();

  /// True from the start until the end has been seen by `await_end` or `kill`.
  [[nodiscard]] bool started() const noexcept {
    return pid_ > 0;
  }

  /// True if the process has not ended; a stopped one has not.
  [[nodiscard]] bool alive() const;

  void signal(int number) const;

  /// SIGKILL, and waits for the end.
  void kill();

  /// Waits until the process ends; nothing if it does not end in time.
  std::optional<ending> await_end(std::chrono::milliseconds timeout);

  /// Memory that is the process's own (not files), in bytes: RssAnon of /proc/PID/status.
  [[nodiscard]] std::size_t resident_bytes() const;

  /// True once the kernel has stopped all its threads: state T of /proc/PID/status.
  [[nodiscard]] bool stopped() const;

private:
  [[nodiscard]] std::string status_line(const std::string& key) const;

  pid_t pid_ = 0;
};

/// A folder that is removed at the end, with all that is in it. With KOMMANDER_KEEP in the environment it is kept.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  std::string path_;
};

/// An address of this machine, in 127.0.0.0/8, that belongs to this process alone: ports on it are free, and stay free
/// while a node is down.
std::string own_address();

/// A port on `own_address` that this process has not used before.
std::uint16_t next_port();

/// A file's content, or its last `lines`.
std::string read_file(const std::string& path);
std::string last_lines(const std::string& path, std::size_t lines);

} // namespace process_test
