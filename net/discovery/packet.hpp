/// What nodes say to each other in multicast packets. Free of CAF.
///
/// A packet is 4 bytes "KmDs", a version byte, an xxHash64 of all that follows (little-endian), an HMAC-SHA256 of
/// version and content (32 bytes), and the content: node, instance, address and whether it asks. The first five bytes
/// never move. The checksum tells damage and other programs from other clusters, and costs less than the authentication
/// code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "kommander/types.hpp"

namespace kommander::net {

inline constexpr std::uint8_t packet_version = 1;

/// Longer packets are not made, and not read.
inline constexpr std::size_t packet_bytes_max = 512;

/// The longest host name or address in a packet.
inline constexpr std::size_t packet_host_bytes_max = 255;

/// "I am here", and maybe "who else is?".
struct announcement {
  node_id node;
  std::uint64_t instance = 0; ///< Drawn at random at each start: tells a node from another one with its id.
  endpoint address;           ///< An empty host: where the packet comes from.
  bool asks = false;          ///< The others should announce themselves soon.

  friend bool operator==(const announcement&, const announcement&) = default;
};

/// Why a packet is not read.
enum class packet_refusal : std::uint8_t {
  malformed,     ///< Not ours, damaged, or too long.
  other_version, ///< Of another version of the library.
  foreign,       ///< Of another cluster, or made with another key.
};

/// The key of the authentication code. No two pairs give the same one.
std::string make_packet_key(std::string_view cluster_id, std::string_view secret);

/// The host must not be longer than `packet_host_bytes_max`, and the node not be zero.
std::string encode_packet(const announcement& x, std::string_view key);

std::variant<announcement, packet_refusal> decode_packet(std::string_view packet, std::string_view key);

} // namespace kommander::net
