/// A cluster in virtual time (kommander/testing/cluster.hpp) whose state machines write down what they get.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kommander/kommander.hpp"
#include "kommander/testing/cluster.hpp"
#include "tests/cluster/journal.hpp"

namespace cluster_test {

using kommander::testing::pending;
using kommander::testing::pending_ptr;

struct cluster_options {
  std::size_t nodes = 3;
  std::uint32_t partitions = 1;
  bool rocksdb = false; ///< False: in memory.
  std::uint64_t seed = 1;
  std::function<void(kommander::raft_config&)> adjust; ///< May be empty.
  machine_hooks hooks;                                 ///< Of all state machines.
};

/// Everything that a subscriber gets, as text, in order.
using event_log = std::shared_ptr<std::vector<std::string>>;

class virtual_cluster : public kommander::testing::cluster {
public:
  explicit virtual_cluster(cluster_options options);
  ~virtual_cluster() override;

  [[nodiscard]] const journal& journal_of(std::size_t number) const {
    return *members_.at(number - 1).lines;
  }

  /// A proposal of this payload. That it is applied before it is acknowledged is checked by `check_replicas`.
  pending_ptr<kommander::propose_result> propose_later(std::size_t number, kommander::partition_id partition,
                                                       std::string payload);

  kommander::propose_result propose(std::size_t number, kommander::partition_id partition, std::string payload) {
    return await(propose_later(number, partition, std::move(payload)));
  }

  void propose_surely(kommander::partition_id partition, const std::string& payload) {
    cluster::propose_surely(partition, "test", payload);
  }

  /// Subscribes to all events of node `number`; right after its start, no event is missed.
  event_log listen(std::size_t number);

  void check_replicas() override;

private:
  struct member {
    journal_ptr lines = std::make_shared<journal>();
    std::string path; ///< Of its log on disk, if it has one.
  };

  std::vector<member> members_;
  std::vector<std::string> violations_; ///< Of rules that answers must keep.
};

} // namespace cluster_test
