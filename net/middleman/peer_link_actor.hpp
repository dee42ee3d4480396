/// The link to one remote node over the middleman.
#pragma once

#include "kommander/transport.hpp"
#include "net/frame.hpp"
#include "net/middleman/gateway.hpp"
#include "net/middleman/port.hpp"

namespace kommander::net {

/// To itself, a few times a second: acknowledge, show life, notice its absence.
struct tick_link {};

/// To itself, after a pause: connect again.
struct redial_link {};

/// A `peer_link` and what it hears from its gateway and itself.
using peer_link_actor =
  peer_link::extend<caf::reacts_to<frame>, caf::reacts_to<tick_link>, caf::reacts_to<redial_link>>;

/// All that a link must know.
struct link_settings {
  transport_context context;
  node_info peer;
  bool dials = false; ///< Calls the peer; otherwise it waits to be called.
  network_access access;
  caf::strong_actor_ptr gateway;
  socket_limits_ptr limits;
};

/// Spawns the link and makes it known to the gateway.
///
/// Of two members the node with the smaller id dials, and the other answers over the same connection; a node that joins
/// dials whoever it asks. Where both dial, what the node with the smaller id has begun goes before. A connection is good when a hello
/// has been answered by a welcome; both carry a new epoch. Frames are numbered and acknowledged within an epoch. A
/// connection ends when CAF says so, when the peer breaks the protocol, or when nothing was heard for `link_timeout`;
/// then what waits is dropped, and the dialing node tries again after a pause with jitter.
peer_link spawn_peer_link(caf::actor_system& system, link_settings settings);

/// A peer that says nothing for so long is taken for gone; each says something every second.
inline constexpr std::chrono::milliseconds link_timeout{5000};
inline constexpr std::chrono::milliseconds keepalive_interval{1000};
inline constexpr std::chrono::milliseconds link_tick{250};

/// A peer heard of within this time is not replaced by another process that claims to be it.
inline constexpr std::chrono::milliseconds takeover_timeout{3000};

} // namespace kommander::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::tick_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::net::redial_link)
