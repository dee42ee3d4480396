/// A partition that is split while clients write: how long who has to wait, and whether anything is lost or doubled.
#pragma once

#include <memory>

#include "kommander/kommander.hpp"
#include "tests/bench/options.hpp"

namespace kommander::bench {

/// How often each key was written, on one node.
struct key_counts;

std::shared_ptr<key_counts> make_key_counts();

/// A store of keys, each with a value, that can be divided.
divisible_state_machine spawn_keys(caf::actor_system& system, std::shared_ptr<key_counts> counts);

/// Fills partition 1 with keys, writes to both halves of it, splits it meanwhile, and prints what came of it.
bool measure_split(caf::actor_system& system, const raft_actor& node, const std::shared_ptr<key_counts>& counts,
                   const bench_options& options);

} // namespace kommander::bench
