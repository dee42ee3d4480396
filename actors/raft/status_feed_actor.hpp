/// Tells listeners the status of their node again and again. The latest value wins: a listener gets the next status when it
/// has answered the last one, so one that is slow, or has stopped listening, holds nothing up and costs no memory.
#pragma once

#include "kommander/messages.hpp"

namespace kommander {

/// The feed's own timer.
struct feed_tick {};

using status_feed = cafx::typed<void(subscribe_status), void(unsubscribe_status), void(feed_tick)>;

/// Starts a feed on `node`, a `raft_actor`, which is held weakly. It ends with an exit message.
status_feed spawn_status_feed(caf::actor_system& system, caf::weak_actor_ptr node);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::feed_tick)
