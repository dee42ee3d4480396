#include "tests/bench/process.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <utility>

namespace kommander::bench {

child_process::child_process(const std::vector<std::string>& arguments) {
  auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ != 0)
    return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent)
    ::_exit(1);
  std::vector<char*> raw{const_cast<char*>("kommander-bench")};
  for (const auto& x : arguments)
    raw.push_back(const_cast<char*>(x.c_str()));
  raw.push_back(nullptr);
  ::execv("/proc/self/exe", raw.data());
  ::_exit(127);
}

child_process::child_process(child_process&& other) noexcept : pid_{std::exchange(other.pid_, 0)} {
  // nop
}

child_process& child_process::operator=(child_process&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

child_process::~child_process() {
  kill();
}

void child_process::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void child_process::wait() {
  if (pid_ > 0)
    ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

double cpu_seconds(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string content{std::istreambuf_iterator<char>{file}, {}};
  auto after_name = content.rfind(')');
  if (after_name == std::string::npos)
    return 0;
  unsigned long user = 0;
  unsigned long system = 0;
  std::sscanf(content.c_str() + after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_bytes(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/statm"};
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::uint16_t free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

} // namespace kommander::bench
