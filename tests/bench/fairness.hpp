/// Whether a busy partition makes the others wait.
#pragma once

#include <vector>

#include "kommander/kommander.hpp"

namespace kommander::bench {

struct quiet_plan {
  std::uint32_t first = 2; ///< Partitions `first` … `last` each get a proposal now and then.
  std::uint32_t last = 64;
  double pause_seconds = 0.1; ///< From an answer to the partition's next proposal.
  double warm_up_seconds = 1;
  double seconds = 5;
};

/// The waits of the quiet partitions' proposals, in microseconds, while `busy_in_flight` proposals are kept outstanding at
/// partition 1; with zero it is quiet.
std::vector<double> measure_quiet(caf::actor_system& system, const raft_actor& node, const quiet_plan& plan,
                                  std::size_t busy_in_flight);

} // namespace kommander::bench
