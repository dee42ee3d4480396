/// A TCP client that says whatever a test wants it to say.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kommander/types.hpp"

namespace kommander::test {

class raw_socket {
public:
  explicit raw_socket(const endpoint& to) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    inet_pton(AF_INET, to.host.c_str(), &address.sin_addr);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  /// Takes over a connection that was accepted.
  explicit raw_socket(int accepted) : fd_{accepted}, connected_{accepted >= 0} {
    // nop
  }

  ~raw_socket() {
    ::close(fd_);
  }

  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  [[nodiscard]] bool connected() const {
    return connected_;
  }

  /// False if the other side has closed the connection.
  bool send(const std::string& x) {
    std::size_t sent = 0;
    while (sent < x.size()) {
      auto n = ::send(fd_, x.data() + sent, x.size() - sent, MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  /// Reads exactly `n` bytes, or fewer if the other side closes the connection before.
  std::string receive(std::size_t n) {
    std::string x(n, '\0');
    std::size_t got = 0;
    while (got < n) {
      auto k = ::recv(fd_, x.data() + got, n - got, 0);
      if (k <= 0)
        break;
      got += static_cast<std::size_t>(k);
    }
    x.resize(got);
    return x;
  }

  /// True if the other side has reset the connection by now, and has not closed it as one does who is done.
  [[nodiscard]] bool is_reset() const {
    char c = 0;
    return ::recv(fd_, &c, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
  }

  /// Waits until the other side closes the connection, ignoring what it says. False if it does not.
  bool await_close() {
    char buffer[4096];
    for (;;) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, 30'000) <= 0)
        return false;
      if (::recv(fd_, buffer, sizeof buffer, 0) <= 0)
        return true;
    }
  }

private:
  int fd_;
  bool connected_ = false;
};

/// Listens on a free port of this machine and, if at all, only accepts.
class raw_listener {
public:
  explicit raw_listener(int backlog = 16) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(fd_, backlog);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    where_ = {"127.0.0.1", ntohs(address.sin_port)};
  }

  ~raw_listener() {
    ::close(fd_);
  }

  raw_listener(const raw_listener&) = delete;
  raw_listener& operator=(const raw_listener&) = delete;

  [[nodiscard]] const endpoint& where() const {
    return where_;
  }

  /// Waits for a connection.
  int accept() {
    return ::accept(fd_, nullptr, nullptr);
  }

private:
  int fd_;
  endpoint where_;
};

} // namespace kommander::test
