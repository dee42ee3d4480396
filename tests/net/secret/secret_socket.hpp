/// A TCP connection over which a test speaks with a secret.
#pragma once

#include "net/channel/secret_channel.hpp"
#include "tests/net/channel_socket.hpp"

namespace kommander::test {

struct secret_socket : channel_socket {
  secret_socket(const endpoint& to, net::secret_settings settings, node_id expected = {})
    : channel_socket{to, net::make_secret_channel(std::make_shared<const net::secret_settings>(std::move(settings)),
                                                  {net::channel_side::dialing, expected, to.host, {}, {}})} {
    // nop
  }
};

} // namespace kommander::test
