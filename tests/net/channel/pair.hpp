/// Two ends of a secret channel, and a network between them that a test may change.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/channel/secret_channel.hpp"

namespace kommander::test {

using net::channel_bytes;
using net::channel_side;

inline const std::string long_secret = "0123456789abcdef0123456789abcdef";
inline const std::string other_secret = "fedcba9876543210fedcba9876543210";

inline std::string text(const channel_bytes& x) {
  return {x.begin(), x.end()};
}

/// One end, what it has to say, what it was told, and why it has refused.
struct channel_end {
  net::channel_ptr channel;
  channel_bytes out;
  channel_bytes plain;
  std::string complaint;

  explicit channel_end(net::channel_ptr x) : channel{std::move(x)} {
    note(channel->start(out));
  }

  bool hear(std::string_view wire) {
    return note(channel->receive({wire.data(), wire.size()}, plain, out));
  }

  bool say(std::string_view x) {
    return note(channel->send({x.data(), x.size()}, out));
  }

  /// Takes what is to be sent.
  std::string take() {
    auto x = text(out);
    out.clear();
    return x;
  }

  [[nodiscard]] bool is_open() const {
    return channel->is_open();
  }

private:
  bool note(const result<done>& x) {
    if (!x && complaint.empty())
      complaint = x.error().message;
    return x.ok();
  }
};

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

/// Carries what both say until nobody says anything more. False if one has refused.
inline bool talk(channel_end& dialing, channel_end& accepting) {
  while (!dialing.out.empty() || !accepting.out.empty()) {
    if (auto x = dialing.take(); !x.empty() && !accepting.hear(x))
      return false;
    if (auto x = accepting.take(); !x.empty() && !dialing.hear(x))
      return false;
  }
  return true;
}

} // namespace kommander::test
