#include "wal/directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace kommander {

namespace {

failure unusable(const std::string& path, const std::string& why) {
  return {status::storage_failed, "the data directory '" + path + "' cannot be used: " + why};
}

} // namespace

result<done> prepare_directory(const std::string& path) {
  auto bad = [&path](const std::string& why) { return unusable(path, why); };
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

result<done> refuse_other_log(const std::string& path, const std::string& file, const std::string& factory) {
  std::error_code ignored;
  if (std::filesystem::exists(path + "/" + file, ignored))
    return unusable(path, "it holds a log of another kind; open it with " + factory + " or choose another directory");
  return done{};
}

result<done> sync_directory(const std::string& path) {
  for (const auto& x : {path, std::filesystem::absolute(path).parent_path().string()}) {
    auto file = ::open(x.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
      continue; // a parent that may be passed through but not read
    auto synced = ::fsync(file) == 0 || errno == EINVAL;
    auto why = errno;
    ::close(file);
    if (!synced)
      return unusable(path, std::string{"it cannot be synced: "} + std::strerror(why));
  }
  return done{};
}

result<directory_lock> directory_lock::acquire(const std::string& path) {
  auto name = path + "/LOCK";
  auto file = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return unusable(path, std::string{"its LOCK cannot be opened: "} + std::strerror(errno));
  if (::flock(file, LOCK_EX | LOCK_NB) == 0)
    return directory_lock{file};
  auto why = errno;
  ::close(file);
  return unusable(path, std::string{"it is locked, most likely by another process that runs on it ("}
                          + std::strerror(why) + ")");
}

directory_lock::~directory_lock() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace kommander
