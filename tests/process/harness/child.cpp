#include "tests/process/harness/child.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tests/support/temporary_directory.hpp"

namespace process_test {

namespace {

constexpr int cannot_start = 126;

/// In the child, between fork and exec: only what a signal handler may call. Does not return.
[[noreturn]] void become(char* const* arguments, int output, pid_t parent, const child_options& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(cannot_start);
  if (options.name_space >= 0 && ::setns(options.name_space, CLONE_NEWNET) != 0)
    ::_exit(cannot_start);
  if (options.without_privilege) {
    // Exec gives root every capability that is left in this set.
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
  }
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(cannot_start);
}

ending ending_of(int status) {
  return WIFSIGNALED(status) ? ending{0, WTERMSIG(status)} : ending{WEXITSTATUS(status), 0};
}

} // namespace

// -- child ----------------------------------------------------------------------------------------------------------

child::child(const child_options& options) {
  std::vector<char*> raw;
  for (const auto& x : options.arguments)
    raw.push_back(const_cast<char*>(x.c_str()));
  raw.push_back(nullptr);
  auto output = ::open(options.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0)
    throw std::system_error{errno, std::system_category(), options.output};
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become(raw.data(), output, parent, options);
  auto error = errno;
  ::close(output);
  if (pid_ < 0)
    throw std::system_error{error, std::system_category(), "fork"};
}

child::child(child&& other) noexcept : pid_{std::exchange(other.pid_, 0)} {
  // nop
}

child& child::operator=(child&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

child::~child() {
  kill();
}

bool child::alive() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0
         && info.si_pid == 0;
}

void child::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

void child::kill() {
  if (pid_ <= 0)
    return;
  signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::optional<ending> child::await_end(std::chrono::milliseconds timeout) {
  if (pid_ <= 0)
    return std::nullopt;
  // Not by its function: the header of glibc 2.36 declares that as C++.
  auto handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  pollfd ended{handle, POLLIN, 0};
  auto count = ::poll(&ended, 1, static_cast<int>(timeout.count()));
  ::close(handle);
  if (count != 1)
    return std::nullopt;
  auto status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = 0;
  return ending_of(status);
}

std::string child::status_line(const std::string& key) const {
  std::ifstream in{"/proc/" + std::to_string(pid_) + "/status"};
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with(key + ":"))
      return line.substr(key.size() + 1);
  return {};
}

std::size_t child::resident_bytes() const {
  std::istringstream in{status_line("RssAnon")};
  std::size_t kibibytes = 0;
  in >> kibibytes;
  return kibibytes << 10;
}

bool child::stopped() const {
  return status_line("State").find('T') != std::string::npos;
}

// -- places ---------------------------------------------------------------------------------------------------------

scratch_folder::scratch_folder() : path_{kommander::test::make_directory("kommander-process")} {
  // nop
}

scratch_folder::~scratch_folder() {
  if (std::getenv("KOMMANDER_KEEP") != nullptr) {
    std::cout << "kept: " << path_ << std::endl;
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string own_address() {
  // Process numbers have at most 22 bits. 127.0.0.0/10 is left to others: programs choose 127.0.0.1 by default.
  auto pid = static_cast<unsigned>(::getpid());
  return "127." + std::to_string(64 + (pid >> 16 & 63)) + "." + std::to_string(pid >> 8 & 255) + "."
         + std::to_string(pid & 255);
}

std::uint16_t next_port() {
  static std::uint16_t last = 7000;
  return ++last;
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string last_lines(const std::string& path, std::size_t lines) {
  auto content = read_file(path);
  auto begin = content.size();
  while (begin > 0 && lines > 0)
    if (content[--begin] == '\n' && begin + 1 < content.size())
      --lines;
  return content.substr(begin > 0 ? begin + 1 : 0);
}

} // namespace process_test
