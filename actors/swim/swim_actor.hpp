/// One a node: its failure detector, and what it tells its owner. All logic is in swim_core.
///
/// It has one timer, which ticks as often as `swim_options::tick_interval` says, and keeps nothing of what it cannot send.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "actors/swim/heard_gossip.hpp"
#include "actors/swim/liveness_message.hpp"
#include "actors/swim/swim_core.hpp"
#include "kommander/caf_compat.hpp"
#include "kommander/transport.hpp"

namespace kommander {

/// The members of the committed roster from now on; the node itself may be among them.
struct swim_members {
  std::vector<node_id> members;
};

/// The committed roster, for members that have an older one. Its content is the owner's business.
struct swim_roster {
  std::uint64_t version = 0;
  bytes content;
};

/// To itself: time goes on.
struct swim_tick {};

/// Nothing is answered; whoever sends gossip may send what it likes.
using swim_actor = cafx::typed<void(heard_gossip), void(swim_members), void(swim_roster), void(swim_tick)>;

/// Some member has a newer roster than the owner has told of. It is committed, if its sender keeps the rules.
struct roster_heard {
  std::uint64_t version = 0;
  bytes content;
};

/// Whoever owns a failure detector; told in order.
using swim_observer = cafx::typed<void(liveness_changed), void(roster_heard)>;

struct swim_parts {
  swim_options options; ///< All but `incarnation` and `now`, which are the clocks'.
  std::vector<node_id> members;
  /// The link to a node, or an invalid handle. Called by the actor, from any thread of the scheduler, one at a time.
  std::function<peer_link(node_id)> link;
  caf::weak_actor_ptr observer; ///< A `swim_observer`, held weakly.
};

/// Ends with an exit message.
swim_actor spawn_swim(caf::actor_system& system, swim_parts parts);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::swim_members)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::swim_roster)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::swim_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::roster_heard)
