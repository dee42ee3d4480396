/// Storage faults that take away what was synced: a bit flips, a disk lied about its syncs, a disk comes back empty.
///
/// A core cannot know by itself that its disk has lost something, so these strike only where the group can do without
/// what is lost: every committed entry stays on a majority although this disk does not count, and no vote that is
/// forgotten can be cast again to any effect. Damage and empty disks that the core is told of may strike at any time, as
/// long as a majority of disks has never been struck: the core's fence must do the rest.
#pragma once

#include <memory>
#include <vector>

#include "tests/sim/node.hpp"

namespace kommander::sim {

class data_losses {
public:
  data_losses(node_context context, const std::vector<std::unique_ptr<sim_node>>& nodes);

  /// Strikes as the plan says.
  void strike(std::uint64_t tick);

  /// True if a bit has flipped on a disk of `node`: it cannot be counted on any more.
  [[nodiscard]] bool is_damaged(node_id node) const {
    return damaged_[node.value()];
  }

  [[nodiscard]] std::uint64_t damaged_count() const noexcept;

  /// All configurations of the partition that hold somewhere, or may yet hold: the one that is committed, and those behind.
  [[nodiscard]] std::vector<group_configuration> configurations(partition_id partition) const;

private:
  void flip_bit(std::uint64_t tick);
  void cut_power(std::uint64_t tick);
  void lose_syncs();
  void wipe();
  void wipe_alone(std::uint64_t tick);
  sim_node& any_node();
  [[nodiscard]] bool can_strike(node_id victim) const;
  [[nodiscard]] bool can_do_without(node_id victim, partition_id partition, const disk_image& left) const;
  [[nodiscard]] bool keeps_entries(node_id victim, partition_id partition, const disk_image& left) const;
  [[nodiscard]] bool keeps_votes(node_id victim, partition_id partition, const disk_image& left) const;
  void replace(sim_node& victim, partition_id partition, disk_image left);

  node_context context_;
  const std::vector<std::unique_ptr<sim_node>>& nodes_;
  random_source random_;
  std::vector<bool> damaged_; ///< By node, from 1.
};

} // namespace kommander::sim
