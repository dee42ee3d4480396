/// The wire encoding of Raft messages: packed, versioned, free of CAF.
///
/// A body is one byte, the version, and messages up to its end. A message is its kind, partition and term and what its
/// kind has, in the encoding of `kommander/encoding.hpp`. Sender and receiver are not in it: a body travels between two
/// nodes that the link knows, so neither can be forged here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kommander/bytes.hpp"
#include "kommander/raft_message.hpp"
#include "kommander/result.hpp"

namespace kommander::net {

/// First byte of each body. A change of the encoding changes it.
inline constexpr std::uint8_t body_version = 1;

/// Most messages in a body: the shortest has three bytes, but much more in memory.
inline constexpr std::size_t messages_per_body_max = 16384;

/// Appends `x` to a body. An empty `body` first gets its version. Adds at most `x.weight()` bytes for the message.
void encode_message(std::string& body, const raft_message& x);

/// All messages of `body`, sent by `from` to `to`. Anything malformed makes all of it an error that says where.
///
/// Payloads are slices of `body`, so nothing is copied for the large messages of a busy link. Of a message whose
/// payloads are less than a quarter of the body they are copied together into one block of their own: otherwise a few
/// small entries in a partition's cache would keep a body of a megabyte alive that other partitions filled. What a
/// cached entry keeps alive is so at most four times the payloads of the message that it came in, or a kibibyte.
result<std::vector<raft_message>> decode_messages(const bytes& body, node_id from, node_id to);

} // namespace kommander::net
