#include "wal/directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kommander {

result<done> prepare_directory(const std::string& path) {
  auto bad = [&path](const std::string& why) {
    return failure{status::storage_failed, "the data directory '" + path + "' cannot be used: " + why};
  };
  if (path.empty())
    return bad("the path is empty");
  std::error_code trouble;
  auto parent = std::filesystem::absolute(path, trouble).parent_path();
  if (!trouble)
    std::filesystem::create_directories(parent, trouble);
  if (trouble)
    return bad("its parent directory cannot be created: " + trouble.message());
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return bad(std::strerror(errno));
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return bad(std::strerror(errno));
  if (!S_ISDIR(info.st_mode))
    return bad("it is not a directory");
  if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0)
    return bad(std::strerror(errno));
  return done{};
}

} // namespace kommander
