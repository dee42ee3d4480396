/// Ends of secret channels.
#pragma once

#include <string>

#include "net/channel/secret_channel.hpp"
#include "tests/net/channel_pair.hpp"

namespace kommander::test {

inline const std::string long_secret = "0123456789abcdef0123456789abcdef";
inline const std::string other_secret = "fedcba9876543210fedcba9876543210";

inline net::secret_settings settings_of(std::uint64_t id, std::string secret = long_secret, std::string accepted = {}) {
  return {net::channel_purpose::nodes, node_id{id}, "test", std::move(secret), std::move(accepted)};
}

inline channel_end dialing_end(net::secret_settings settings, std::uint64_t expected = 2, std::string binding = {},
                               net::random_source random = {}) {
  return channel_end{net::make_secret_channel(
    std::make_shared<const net::secret_settings>(std::move(settings)),
    {channel_side::dialing, node_id{expected}, "127.0.0.1", std::move(binding), std::move(random)})};
}

inline channel_end accepting_end(net::secret_settings settings, std::string binding = {},
                                 net::random_source random = {}) {
  return channel_end{net::make_secret_channel(
    std::make_shared<const net::secret_settings>(std::move(settings)),
    {channel_side::accepting, node_id{}, "127.0.0.1:4001", std::move(binding), std::move(random)})};
}

} // namespace kommander::test
