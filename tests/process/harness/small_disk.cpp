#include "tests/process/harness/small_disk.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tests/support/temporary_directory.hpp"

namespace process_test {

namespace {

std::string failed(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

} // namespace

small_disk::small_disk() : problem_{mount()} {
  // nop
}

std::string small_disk::mount() {
  path_ = kommander::test::make_directory("kommander-disk");
  if (::unshare(CLONE_NEWNS) != 0)
    return failed("unshare");
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return failed("making mounts private");
  if (::mount("kommander", path_.c_str(), "tmpfs", 0, "size=48m,mode=0700") != 0)
    return failed("mount");
  return {};
}

small_disk::~small_disk() {
  if (path_.empty())
    return;
  if (available())
    ::umount2(path_.c_str(), MNT_DETACH);
  ::rmdir(path_.c_str());
}

bool small_disk::grow() {
  return ::mount("kommander", path_.c_str(), "tmpfs", MS_REMOUNT, "size=2g,mode=0700") == 0;
}

} // namespace process_test
