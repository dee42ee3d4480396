/// Nodes in this process, each with a log of its own, over the in-process network; with the library's own time-outs.
#pragma once

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kommander/testing/in_process_network.hpp"
#include "tests/bench/node.hpp"

namespace kommander::bench {

class nodes_together {
public:
  /// Changes the settings of one node, from 1, before it starts.
  using adjustment = std::function<void(std::uint32_t node, raft_config& config)>;

  /// Starts the three nodes of a new cluster. Their logs are in `directory`, which goes with them.
  nodes_together(const bench_options& options, std::uint32_t partitions, std::string directory, adjustment adjust = {});
  nodes_together(const nodes_together&) = delete;
  nodes_together& operator=(const nodes_together&) = delete;
  ~nodes_together();

  /// One node more, with an empty log, which asks the others to take it in. Null, and said why, if it cannot be started.
  raft_actor start_newcomer();

  /// Until all nodes know all partitions and who leads them; false, and said so, if that takes too long.
  bool await_leaders();

  [[nodiscard]] const std::vector<raft_actor>& nodes() const noexcept {
    return nodes_;
  }

  [[nodiscard]] caf::actor_system& system() noexcept {
    return system_;
  }

  /// What the nodes have sent each other.
  [[nodiscard]] std::uint64_t messages() const {
    return network_->delivered() + network_->dropped();
  }

  /// Of all partitions, as `node` knows them.
  node_status status_of(const raft_actor& node);

  /// True if `node` has joined; false, and said why, if it has not after `join_timeout`.
  bool await_joined(const raft_actor& node);

private:
  struct config : caf::actor_system_config {
    raft_config raft;
    config(const bench_options& options, std::uint32_t partitions);
  };

  void start(std::uint32_t node, static_discovery known);

  bench_options options_;
  std::string directory_;
  adjustment adjust_;
  std::shared_ptr<in_process_network> network_ = in_process_network::make();
  config config_;
  caf::actor_system system_;
  std::vector<raft_actor> nodes_;
};

} // namespace kommander::bench
