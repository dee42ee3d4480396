/// What follows for the parts of a node from its settings.
#pragma once

#include <chrono>
#include <cstdint>

#include "actors/partition/raft_core.hpp"
#include "kommander/config.hpp"

namespace kommander {

/// How often a node ticks: every time-out is kept to within an eighth.
std::chrono::milliseconds tick_interval(const raft_config& config);

/// One number per node and partition, so that no two members draw the same election time-outs.
std::uint64_t mixed_seed(std::uint64_t seed, node_id node, partition_id partition);

raft_core_options core_options(const raft_config& config, partition_id partition, node_id self,
                               const group_configuration& group);

} // namespace kommander
