/// A channel whose ends prove to each other that they know a secret. Afterwards all is signed, nothing encrypted.
///
/// Four messages, the first two in the open:
///
///     dialing → accepting   greeting {version, what for, cluster, who, to whom, 32 random bytes, dialed address}
///     accepting → dialing   greeting {the same, where it listens}
///     dialing → accepting   proof: HMAC-SHA256 of the transcript
///     accepting → dialing   proof: HMAC-SHA256 of the transcript and of the other proof
///
/// The transcript is a hash of both greetings, byte for byte, of the whole cluster id and of the binding of a channel
/// around this one. The keys of the proofs and of the records of each direction come out of HKDF-SHA256 of the secret,
/// salted with both random numbers, for "what it is for" and the transcript; so nothing of one connection, direction,
/// cluster or side is of use in another. Who dials proves itself first: who only knocks learns nothing that a secret
/// could be guessed with.
#pragma once

#include <functional>

#include "net/channel/channel.hpp"

namespace kommander::net {

/// What is spoken over a channel. Who dials for one finds no entry at a port of the other.
enum class channel_purpose : std::uint8_t {
  nodes = 1,   ///< Between nodes, which say who they are.
  clients = 2, ///< Whoever dials is a client, which has no id.
};

/// What both ends of a secret channel go by.
struct secret_settings {
  channel_purpose purpose = channel_purpose::nodes;
  node_id self; ///< Zero only for a client.
  std::string cluster;
  std::string secret;   ///< Whoever dials proves itself with this one.
  std::string accepted; ///< Who accepts takes this one, too. Empty: there is none.
};

using secret_settings_ptr = std::shared_ptr<const secret_settings>;

/// Fills in random bytes; false if there are none.
using random_source = std::function<bool(std::span<unsigned char>)>;

/// Version of the handshake and the records. Another one is refused.
inline constexpr std::uint8_t secret_channel_version = 1;

/// Of an address in a greeting; longer ones are cut.
inline constexpr std::size_t greeting_address_bytes_max = 64;

/// What belongs to one connection.
struct secret_connection {
  channel_side side = channel_side::dialing;
  node_id expected;     ///< Zero: any. Only whoever dials expects somebody.
  std::string address;  ///< Which was dialed, or at which this side listens.
  std::string binding;  ///< Of the channel around this one; both ends must see the same.
  random_source random; ///< Empty: OpenSSL's.
};

channel_ptr make_secret_channel(secret_settings_ptr settings, secret_connection connection);

} // namespace kommander::net
