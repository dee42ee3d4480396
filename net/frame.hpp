/// The one message that nodes send to each other through CAF.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kommander/caf_compat.hpp"
#include "kommander/messages.hpp"

namespace kommander::net {

/// Version of `frame` and of how links talk. Nodes of another version are refused.
inline constexpr std::uint16_t protocol_version = 1;

/// A cluster id (64 bytes), and the epoch of a cluster that was recovered.
inline constexpr std::size_t cluster_id_bytes_max = 96;
inline constexpr std::size_t tag_bytes_max = 64;
inline constexpr std::size_t host_bytes_max = 255;

/// The receiver of a hello that only asks who is there. It is answered by a refusal, whose sender says it.
inline constexpr node_id anybody{UINT64_MAX};

enum class frame_kind : std::uint8_t {
  hello = 0,    ///< First frame of a connection, from the node that dialed: proposes the epoch. Body: where it listens.
  welcome = 1,  ///< Answers a hello, with the same epoch. Body: where it listens.
  refusal = 2,  ///< Answers a hello that is not accepted; never answered. Its version and cluster id say why.
  data = 3,     ///< A body of whole messages.
  fragment = 4, ///< A part of a body that is larger than a frame.
  ack = 5,      ///< No body: says what has been taken over, and that the sender is alive.
};

/// What travels between two nodes. Version and cluster id come first in every version to come, so that nodes can
/// always say why they refuse each other; of a frame of another version nothing else is read.
struct frame {
  std::uint16_t version = protocol_version;
  std::string cluster; ///< 1 to 96 bytes.
  node_id sender;
  node_id receiver;
  std::uint64_t epoch = 0;    ///< Of the connection; chosen anew by the dialing node for each one.
  std::uint64_t sequence = 0; ///< Counts the frames of one epoch and direction, from 1; hello and welcome are 1.
  frame_kind kind = frame_kind::ack;
  std::uint64_t acked = 0;           ///< Bytes of bodies that the sender has taken over in this epoch.
  std::uint64_t fragment_offset = 0; ///< Where this part belongs …
  std::uint64_t fragment_total = 0;  ///< … in a body of this size. Both zero unless the kind is `fragment`.
  bytes body;
  std::string tag; ///< Authentication; empty for now.
};

/// The body of a hello and a welcome.
std::string encode_endpoint(const endpoint& x);

/// Nothing if `x` is none: a host of 1 to `host_bytes_max` bytes, and a port.
std::optional<endpoint> decode_endpoint(const bytes& x);

/// Checks what CAF's deserializer does not. Called on loading, so a frame that arrives has passed.
caf::error check_frame(const frame& x);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frame& x) {
  if constexpr (std::is_same_v<Inspector, caf::deserializer>) {
    if (auto err = f(x.version, x.cluster))
      return err;
    if (x.version != protocol_version)
      return caf::none;
    if (auto err = f(x.sender, x.receiver, x.epoch, x.sequence, x.kind, x.acked, x.fragment_offset, x.fragment_total,
                     x.body, x.tag))
      return err;
    return check_frame(x);
  } else {
    return f(caf::meta::type_name("frame"), x.version, x.cluster, x.sender, x.receiver, x.epoch, x.sequence, x.kind,
             x.acked, x.fragment_offset, x.fragment_total, x.body, x.tag);
  }
}

std::string_view to_string(frame_kind x) noexcept;

/// The type of a frame as it stands in CAF's messages.
inline constexpr std::string_view frame_content_type = "@<>+kommander::frame";

} // namespace kommander::net

namespace kommander {

// CAF puts the name of the type into every message: this one is short.
using frame = net::frame;

} // namespace kommander

// Far behind the public ids: an application's own block may begin where the public one ends.
CAF_BEGIN_TYPE_ID_BLOCK(kommander_frames, caf::id_block::kommander_messages::end + 1000)
CAF_ADD_TYPE_ID(kommander_frames, (kommander::frame))
CAF_END_TYPE_ID_BLOCK(kommander_frames)
