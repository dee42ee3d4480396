/// A cluster of vaults: logs are compacted every few entries, and snapshots take several messages.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kommander/kommander.hpp"
#include "kommander/testing/cluster.hpp"
#include "tests/cluster/vault.hpp"

namespace cluster_test {

struct vault_cluster {
  static constexpr kommander::partition_id p{1};

  explicit vault_cluster(std::uint64_t seed = 1, std::function<void(kommander::raft_config&)> adjust = {}) {
    for (std::size_t i = 0; i < 3; ++i) {
      disks.push_back(std::make_shared<vault_disk>());
      watches.push_back(std::make_shared<vault_watch>());
    }
    auto often = [adjust](kommander::raft_config& x) {
      x.compact_every_operations = 20;
      x.max_entries_per_compaction = 7;
      x.snapshot_chunk_bytes = 100;
      x.snapshot_step_timeout = std::chrono::seconds{2};
      if (adjust)
        adjust(x);
    };
    auto make = [this](caf::actor_system& system, std::size_t number) -> kommander::machine_handle {
      return cluster_test::spawn_vault(system, disks[number - 1], watches[number - 1]);
    };
    nodes = std::make_unique<kommander::testing::cluster>(
      make, kommander::testing::cluster_options{
              .nodes = 3, .partitions = 1, .seed = seed, .adjust = often, .setup = {}, .log = {}});
    nodes->start_all();
    nodes->leader_of(p);
  }

  void propose(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      nodes->propose_surely(p, "put", "value-" + std::to_string(++proposed));
  }

  kommander::partition_status status_of(std::size_t number) {
    return nodes->await(nodes->ask<kommander::node_status>(nodes->node(number), kommander::get_status{{p}}))
      .partitions.at(0);
  }

  /// The status of `follower` as the leader has it.
  kommander::peer_status peer_of(std::size_t leader, std::size_t follower) {
    for (const auto& x : status_of(leader).peers)
      if (x.peer == kommander::node_id{follower})
        return x;
    return {};
  }

  /// A node that does not lead.
  std::size_t follower() {
    return nodes->leader_of(p) % 3 + 1;
  }

  /// A follower that has been cut off until the others have compacted what it needs.
  std::size_t left_behind() {
    auto victim = follower();
    nodes->network->isolate(kommander::node_id{victim});
    propose(60);
    kommander::testing::cluster::require(status_of(nodes->leader_of(p)).first > status_of(victim).last + 1,
                                         "the others compact");
    return victim;
  }

  bool wait_for(const std::function<bool()>& what) {
    return nodes->scheduler.run_until(what, std::chrono::minutes{1});
  }

  /// All replicas were given the same, and hold the same.
  void check() {
    nodes->check_replicas();
    const auto& first = disks[0]->states[p];
    for (const auto& x : disks) {
      kommander::testing::cluster::require(x->states[p].content == first.content, "all vaults hold the same");
      kommander::testing::cluster::require(x->states[p].index == first.index, "all vaults are at the same index");
    }
    std::uint64_t lines = static_cast<std::uint64_t>(std::ranges::count(first.content, '\n'));
    kommander::testing::cluster::require(lines >= proposed, "nothing is lost"); // what was unknown was proposed again
  }

  std::vector<std::shared_ptr<vault_disk>> disks;
  std::vector<std::shared_ptr<vault_watch>> watches;
  std::unique_ptr<kommander::testing::cluster> nodes;
  std::size_t proposed = 0;
};

} // namespace cluster_test
