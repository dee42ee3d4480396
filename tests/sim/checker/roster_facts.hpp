/// What must be true of members that come and go and of replicas that move; derived from the committed maps, the configurations
/// that leaders make, and what is on the disks:
///
///  - no group has a member that never was one of the cluster;
///  - who is promoted in the roster has had nearly all that was committed when it joined, in each partition that follows the
///    roster; and a partition switches to replicas only when each new one has had nearly all that was committed when it was
///    named;
///  - where replicas are settled, the group has committed just these voters;
///  - a node runs a partition only if the map has named it, with the first voters that the map says; it lets one go only if the
///    map has placed that elsewhere.
///
/// That rosters and placements change by one step at a time is in tests/coordinator/map_checker.hpp; that quorums are those of
/// each group's own log, in the checker.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "tests/sim/checker/checker.hpp"

namespace kommander::sim {

class roster_facts {
public:
  roster_facts(const plan& settings, checker& groups, dose& counts);

  // -- what happens; each call may throw a violation ----------------------------------------------------------------

  /// A version of the map is committed.
  void follow(const partition_map& before, const partition_map& next);

  /// A leader has made a configuration.
  void configured(partition_id partition, const group_configuration& made) const;

  /// A node begins to run the partition, with these first voters.
  void starts(node_id node, partition_id partition, const group_configuration& first) const;

  /// A node stops running it, or drops its log.
  void lets_go(node_id node, partition_id partition) const;

private:
  using replica_key = std::pair<partition_id, node_id>;

  void follow_roster(const cluster_roster& before, const partition_map& next);
  void joins(const member_info& x, const partition_map& map);
  void check_promotion(node_id node, const partition_map& map) const;
  void follow_placement(const partition_info& before, const partition_info& next);
  void check_switch(const partition_info& before, const partition_info& next) const;
  void check_settled(const partition_info& x) const;
  void note_hosts(const partition_info& x);
  void mark(replica_key x);
  [[nodiscard]] bool is_near(replica_key x) const;

  const plan& plan_;
  checker& groups_;
  dose& dose_;
  std::set<node_id> ever_members_;
  std::map<partition_id, group_configuration> births_;
  std::set<partition_id> everywhere_; ///< Partitions that every member may have.
  std::set<partition_id> removed_;
  std::set<replica_key> hosts_, elsewhere_;
  std::map<replica_key, log_index> marks_; ///< What was committed when the replica was asked for.
};

} // namespace kommander::sim
