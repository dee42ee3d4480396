/// Finds out which node is at an address, for whoever knows the address only.
#pragma once

#include <functional>

#include "net/middleman/peer_link_actor.hpp"

namespace kommander::net {

/// Spawns an actor that dials `settings.peer.address`, greets `anybody` and tells the id of who refuses, or zero if
/// nobody does in time, by its own thread. It ends then, or when the gateway does. Of `settings`, `peer.id` and `dials`
/// do not matter.
void spawn_inquiry(caf::actor_system& system, link_settings settings, std::function<void(node_id)> told);

} // namespace kommander::net
