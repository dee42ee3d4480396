/// Proposals in flight, and what became of them.
#pragma once

#include <vector>

#include "kommander/kommander.hpp"

namespace kommander::bench {

struct load_plan {
  std::size_t payload_bytes = 128;
  std::size_t in_flight = 1;
  std::uint32_t partitions = 1;
  double warm_up_seconds = 1;
  double seconds = 3;
  std::size_t batch = 1; ///< Payloads of one proposal.
};

struct load_figures {
  std::uint64_t committed = 0;      ///< Proposals.
  std::uint64_t refused = 0;        ///< Ended with any other status; proposed again.
  double seconds = 0;               ///< From the first to the last counted answer.
  std::vector<double> microseconds; ///< Of each counted proposal.
  double cpu_seconds = 0;           ///< Of the processes named, while it was counted.
  std::uint64_t syncs = 0;          ///< On the loaded node, while it was counted.
  std::uint64_t group_writes = 0;
  std::uint64_t writes = 0;
};

/// Keeps `plan.in_flight` proposals outstanding at `node`, over partitions 1 … n in turn, and counts after the warm-up.
load_figures run_load(caf::actor_system& system, const raft_actor& node, const load_plan& plan,
                      const std::vector<int>& processes);

} // namespace kommander::bench
