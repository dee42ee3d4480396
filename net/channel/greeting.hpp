/// The first message of either side of a secret channel.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kommander/types.hpp"
#include "net/channel/channel.hpp"
#include "net/channel/keys.hpp"
#include "net/channel/secret_channel.hpp"

namespace kommander::net {

inline constexpr std::string_view greeting_magic = "KmS1";
inline constexpr std::size_t greeting_head_bytes = greeting_magic.size() + 2; ///< With the length of the rest.
inline constexpr std::size_t cluster_mark_bytes = 8;

struct greeting {
  std::uint8_t version = secret_channel_version;
  channel_side side = channel_side::dialing;
  channel_purpose purpose = channel_purpose::nodes;
  std::string cluster_mark; ///< The beginning of a hash of the cluster's id: enough to say what is wrong.
  node_id from;
  node_id to;
  key_array nonce{};
  std::string address;
};

/// Longest and shortest body, after the head.
inline constexpr std::size_t greeting_body_bytes_min = 3 + cluster_mark_bytes + 8 + 8 + key_bytes + 1;
inline constexpr std::size_t greeting_body_bytes_max = greeting_body_bytes_min + greeting_address_bytes_max;

/// Head and body.
std::string encode_greeting(const greeting& x);

/// The length of the body that `head` announces, or none if it is no greeting's. A head that is not complete yet is
/// judged by what is there, and announces zero.
std::optional<std::size_t> read_greeting_head(std::string_view head);

/// None if `body` is not what `encode_greeting` writes.
std::optional<greeting> decode_greeting(std::string_view body);

/// Empty if OpenSSL cannot.
std::string mark_of_cluster(std::string_view cluster);

} // namespace kommander::net
