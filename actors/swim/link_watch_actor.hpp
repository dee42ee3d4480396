/// Believes what the links say: a peer whose link is down is suspected. Needs no messages of its own on the network, but
/// notices a peer that hangs only when its link does.
#pragma once

#include <chrono>
#include <map>

#include "actors/swim/liveness_message.hpp"
#include "kommander/transport.hpp"

namespace kommander {

/// To itself: time to look at the links.
struct link_watch_tick {};

using link_watch_actor = cafx::typed<void(link_watch_tick)>;

/// Asks each link once in `interval`, and tells `listener`, a `liveness_listener` that it holds weakly, when a link went down or came up. Each
/// time that a link comes up raises its peer's incarnation. Ends with an exit message.
link_watch_actor spawn_link_watch(caf::actor_system& system, std::map<node_id, peer_link> links,
                                  std::chrono::milliseconds interval, caf::weak_actor_ptr listener);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::link_watch_tick)
