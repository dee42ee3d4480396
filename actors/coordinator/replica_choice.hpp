/// On which nodes a partition's replicas should be. Pure. Who creates a partition chooses by these rules, and every replica of
/// partition 0 must come to the same: other rules are another format of its log.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "kommander/partition_map.hpp"

namespace kommander {

/// Spreads replicas over zones first, and then so that all nodes have about as many. A node without a zone is one of its own.
class replica_choice {
public:
  /// Counts the replicas that all placed partitions of `map` have. Only `candidates` get more; ascending.
  replica_choice(const partition_map& map, std::vector<node_id> candidates);

  /// `count` nodes, ascending, or fewer if there are not enough. Of `keep` as many as possible are among them.
  [[nodiscard]] std::vector<node_id> choose(std::size_t count, std::vector<node_id> keep) const;

  /// A partition has its replicas there from now on, in place of what it had.
  void place(const std::vector<node_id>& before, const std::vector<node_id>& after);

  /// One replica fewer in the fullest of `replicas`' zones or on the fullest node, and one more elsewhere; empty: that would not
  /// make things better.
  [[nodiscard]] std::vector<node_id> improve(const std::vector<node_id>& replicas) const;

private:
  [[nodiscard]] std::size_t crowd(const std::vector<node_id>& replicas, node_id id) const;
  [[nodiscard]] std::size_t load(node_id id) const;

  std::vector<node_id> candidates_;
  std::map<node_id, std::string> zones_;  ///< Of those that have one.
  std::map<node_id, std::size_t> counts_; ///< Replicas.
};

} // namespace kommander
