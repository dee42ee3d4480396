/// A TCP connection over which a test speaks through a channel of its own.
#pragma once

#include <algorithm>
#include <string>

#include "net/channel/channel.hpp"
#include "tests/net/raw_socket.hpp"

namespace kommander::test {

class channel_socket {
public:
  /// Shakes hands until the channel is open or the other side has closed the connection.
  channel_socket(const endpoint& to, net::channel_ptr channel) : socket_{to}, channel_{std::move(channel)} {
    net::channel_bytes out;
    if (channel_->start(out) && socket_.send({out.begin(), out.end()}))
      while (!channel_->is_open() && read_some())
        ;
  }

  /// Only of this side: the other one may still refuse.
  [[nodiscard]] bool is_open() const {
    return channel_->is_open();
  }

  /// False if the other side has closed the connection.
  bool send(const std::string& plain) {
    net::channel_bytes out;
    return channel_->send(plain, out) && socket_.send({out.begin(), out.end()});
  }

  /// Exactly `n` bytes, or fewer if the other side closes the connection before.
  std::string receive(std::size_t n) {
    while (plain_.size() < n && read_some())
      ;
    n = std::min(n, plain_.size());
    std::string x{plain_.begin(), plain_.begin() + static_cast<std::ptrdiff_t>(n)};
    plain_.erase(plain_.begin(), plain_.begin() + static_cast<std::ptrdiff_t>(n));
    return x;
  }

  bool await_close() {
    return socket_.await_close();
  }

private:
  bool read_some() {
    auto wire = socket_.receive(1);
    net::channel_bytes out;
    return !wire.empty() && channel_->receive(wire, plain_, out)
           && (out.empty() || socket_.send({out.begin(), out.end()}));
  }

  raw_socket socket_;
  net::channel_ptr channel_;
  net::channel_bytes plain_;
};

} // namespace kommander::test
