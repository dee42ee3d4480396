/// Three nodes to be measured.
#pragma once

#include <memory>
#include <vector>

#include "kommander/kommander.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/options.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/split.hpp"

namespace kommander::bench {

/// Three nodes, one of them in this process; or all of them, in-process.
struct bench_cluster {
  std::vector<std::uint16_t> ports; ///< Of the nodes, if they are processes.
  std::vector<child_process> children;
  std::unique_ptr<node_config> config;
  std::unique_ptr<caf::actor_system> system;
  std::vector<raft_actor> nodes;                          ///< Those in this process; the first one leads.
  std::shared_ptr<key_counts> counts = make_key_counts(); ///< Of the first one, if it stores keys.

  bench_cluster() = default;
  bench_cluster(const bench_cluster&) = delete;
  bench_cluster& operator=(const bench_cluster&) = delete;
  ~bench_cluster();

  [[nodiscard]] std::vector<int> processes() const;

  /// Of the process that needs most.
  [[nodiscard]] double largest_resident_bytes() const;
};

/// The first node leads all partitions. Null, after a word to standard error, if there is no such cluster to be had.
std::unique_ptr<bench_cluster> start_cluster(bench_options options, std::uint32_t partitions);

} // namespace kommander::bench
