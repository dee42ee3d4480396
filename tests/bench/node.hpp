/// A node as the benchmark runs it: a state machine that only counts, RocksDB (or SQLite) with sync, the middleman.
#pragma once

#include <memory>

#include "kommander/kommander.hpp"
#include "tests/bench/options.hpp"

namespace kommander::bench {

struct node_config : caf::actor_system_config {
  raft_config raft;
  explicit node_config(const bench_options& options, std::uint32_t node);
};

/// Accepts every entry.
state_machine spawn_counter(caf::actor_system& system, const bench_options& options);

/// Makes certificates for three nodes in a folder under the directory, and notes that.
void make_certificates(bench_options& options);

/// What protects the connections between the nodes, for people.
std::string security_of(const bench_options& options);

/// What the mode needs: a counter, or a store of keys.
machine_handle spawn_machine(caf::actor_system& system, const bench_options& options);

/// The log of a node, at `path` unless it is in memory.
wal_factory log_of(const bench_options& options, const std::string& path);

/// The nodes 1, 2 and 3 at the ports of `options`.
static_discovery three_members(const bench_options& options);

/// Starts node `node` of three in this process over the middleman; prints what is wrong and returns nothing if it
/// cannot.
raft_actor start_node(caf::actor_system& system, const raft_config& config, const bench_options& options,
                      std::uint32_t node, const machine_handle& machine);

/// Starts three nodes in this process over the in-process transport, memory logs; the first one leads.
std::vector<raft_actor> start_three_in_process(caf::actor_system& system, const bench_options& options,
                                               std::uint32_t partitions);

/// Runs a node until this process is killed.
int run_node(const bench_options& options);

/// The arguments with which a child runs node `node`.
std::vector<std::string> node_arguments(const bench_options& options, std::uint32_t node, std::uint32_t partitions,
                                        bool may_lead);

/// Waits until `node` leads all partitions; false (and a word to standard error) if it does not within a minute.
bool wait_until_leader(caf::actor_system& system, const raft_actor& node, std::uint32_t partitions);

} // namespace kommander::bench
