/// The one timer of a node: drives its partitions that are awake, and the node itself.
#pragma once

#include <chrono>
#include <memory>

#include "actors/partition/actor/sleep_board.hpp"
#include "kommander/caf_compat.hpp"

namespace kommander {

/// Time goes on: to the node and, as its own signal, to the ticker.
struct node_tick {};

using ticked_node = cafx::typed<void(node_tick)>;
using ticker_actor = cafx::typed<void(node_tick)>;

/// Starts a ticker. `node` is a `ticked_node`, held weakly: a timer keeps no node alive. It ends with an exit message.
ticker_actor spawn_ticker(caf::actor_system& system, std::chrono::milliseconds interval,
                          std::shared_ptr<const sleep_board> partitions, caf::weak_actor_ptr node);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::node_tick)
