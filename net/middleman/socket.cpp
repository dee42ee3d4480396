#include "net/middleman/socket.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace kommander::net {

namespace {

struct address {
  sockaddr_storage content{};
  socklen_t size = 0;
};

std::optional<address> parse(const endpoint& where) {
  address x;
  auto host = where.host == "localhost" ? std::string{"127.0.0.1"} : where.host;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&x.content);
  if (inet_pton(AF_INET, host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(where.port);
    x.size = sizeof *v4;
    return x;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&x.content);
  if (inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(where.port);
    x.size = sizeof *v6;
    return x;
  }
  return std::nullopt;
}

failure not_numeric(const endpoint& where) {
  return {status::invalid_argument, "the address '" + where.host
                                      + "' is not numeric: give an IPv4 or IPv6 address, "
                                        "for example 127.0.0.1 or ::1, or localhost"};
}

failure system_failure(const char* what, const endpoint& where, int code) {
  return {status::errored, std::string{"cannot "} + what + " " + to_string(where) + ": " + std::strerror(code)};
}

/// Closes `socket` and says why.
failure give_up(int socket, const char* what, const endpoint& where) {
  auto code = errno;
  ::close(socket);
  return system_failure(what, where, code);
}

template <class T>
void set_option(int socket, int level, int option, T value) {
  // Each of them only improves how soon trouble is noticed: without it the connection works all the same.
  [[maybe_unused]] auto rc = setsockopt(socket, level, option, &value, sizeof value);
}

} // namespace

void tune(int socket, const socket_limits& limits) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<unsigned>(limits.unacked_timeout.count()));
}

result<int> listen_at(const endpoint& where) {
  auto at = parse(where);
  if (!at)
    return not_numeric(where);
  auto socket = ::socket(at->content.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0)
    return system_failure("make a socket for", where, errno);
  // A node that restarts must get its port back while old connections linger.
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (at->content.ss_family == AF_INET6)
    set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&at->content), at->size) != 0 || ::listen(socket, SOMAXCONN) != 0)
    return give_up(socket, "listen at", where);
  return socket;
}

result<int> start_connect(const endpoint& where, const socket_limits& limits) {
  auto to = parse(where);
  if (!to)
    return not_numeric(where);
  if (where.port == 0)
    return failure{status::invalid_argument, "cannot connect to " + to_string(where) + ": port 0 is nobody's"};
  auto socket = ::socket(to->content.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0)
    return system_failure("make a socket for", where, errno);
  tune(socket, limits);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&to->content), to->size) != 0 && errno != EINPROGRESS)
    return give_up(socket, "connect to", where);
  return socket;
}

} // namespace kommander::net
