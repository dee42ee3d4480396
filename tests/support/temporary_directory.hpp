/// Places for files that tests and the benchmark write, each of its own and empty at first.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace kommander::test {

/// Makes a directory and returns its path: `name` and some letters, in `parent`. Throws `std::system_error`.
inline std::string make_directory(const std::string& name,
                                  const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
  auto path = (parent / (name + "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr)
    throw std::system_error{errno, std::system_category(), "no directory can be made like " + path};
  return path;
}

/// A new, empty directory that is removed with everything in it.
class temporary_directory {
public:
  /// `in_memory`: where syncs cost nothing, if the system has such a place; for tests that open hundreds of logs.
  explicit temporary_directory(bool in_memory = false)
    : path_{in_memory && ::access("/dev/shm", W_OK | X_OK) == 0 ? make_directory("kommander-test", "/dev/shm")
                                                                : make_directory("kommander-test")} {
    // nop
  }

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept {
    return path_;
  }

  /// A path in it.
  [[nodiscard]] std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }

private:
  std::string path_;
};

} // namespace kommander::test
