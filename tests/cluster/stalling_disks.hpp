/// Disks whose writes take as long as a test wants. A write that is held lets virtual time pass for everybody else until a
/// condition holds, as a blocking call on a thread of its own would.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "tests/cluster/faulty_wal.hpp"
#include "tests/cluster/virtual_cluster.hpp"

namespace cluster_test {

/// To be made before the nodes start.
class stalling_disks {
public:
  explicit stalling_disks(virtual_cluster& cluster, std::size_t nodes) : cluster_{cluster} {
    for (std::size_t i = 1; i <= nodes; ++i) {
      auto faults = std::make_shared<wal_faults>();
      faults->write = [this, i](const kommander::partition_write& x) {
        hold(i, x);
        return std::string{};
      };
      cluster.set_log(i, with_faults(kommander::memory_wal(), faults));
    }
  }

  /// The next write of node `number` to partition 1 ends when `until` holds, which others must bring about.
  void stall(std::size_t number, std::function<bool()> until) {
    until_[number] = std::move(until);
  }

private:
  void hold(std::size_t number, const kommander::partition_write& x) {
    if (x.partition != kommander::partition_id{1} || !until_.contains(number))
      return;
    auto until = std::move(until_.extract(number).mapped());
    virtual_cluster::require(cluster_.scheduler.run_until(until, std::chrono::minutes{1}), "a stall ends");
  }

  virtual_cluster& cluster_;
  std::map<std::size_t, std::function<bool()>> until_;
};

} // namespace cluster_test
