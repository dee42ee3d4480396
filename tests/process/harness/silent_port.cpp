#include "tests/process/harness/silent_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace process_test {

silent_port::silent_port(const kommander::endpoint& where)
  : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.port);
  ::inet_pton(AF_INET, where.host.c_str(), &address.sin_addr);
  auto bytes = 4096; // so that what the other side writes stays with it
  ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  auto on = 1; // a node may have used the port before
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
      || ::listen(listener_, 64) != 0)
    throw std::system_error{errno, std::system_category(), to_string(where)};
  thread_ = std::thread{[this] {
    for (auto fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      connections_.push_back(fd);
      ++accepted_;
    }
  }};
}

silent_port::~silent_port() {
  ::shutdown(listener_, SHUT_RDWR); // ends the accept
  thread_.join();
  ::close(listener_);
  for (auto fd : connections_)
    ::close(fd);
}

} // namespace process_test
