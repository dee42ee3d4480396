/// A file system that is soon full.
#pragma once

#include <string>

namespace process_test {

/// A small file system in memory that only this process and its children see; it goes with the process, however that
/// ends. Must be made by the thread that starts the children. Needs the right to mount.
class small_disk {
public:
  small_disk();
  ~small_disk();
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  [[nodiscard]] bool available() const noexcept {
    return problem_.empty();
  }

  /// Why there is none.
  [[nodiscard]] const std::string& problem() const noexcept {
    return problem_;
  }

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  /// Gives it much more room. False if that is refused.
  bool grow();

private:
  std::string mount(); ///< Returns what was wrong.

  std::string path_;
  std::string problem_;
};

} // namespace process_test
