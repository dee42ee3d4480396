/// Who may lead partitions whose leader this node does not know. Pure.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

/// Remembers who was said to lead. If that is not known, or not so any more, those who have the partition are asked in turn.
class remote_leaders {
public:
  /// On which nodes a partition may be: one that follows the roster, on every member. Null: nothing is known.
  static partition_placement places_of(const partition_map* map, partition_id partition) {
    const auto* known = map != nullptr ? map->find(partition) : nullptr;
    auto result = known != nullptr ? known->where : partition_placement{};
    if (known != nullptr && !result.is_placed())
      for (const auto& x : map->roster.members)
        result.replicas.push_back(x.id);
    return result;
  }

  /// Whom to ask now; zero: nobody else votes there. Nobody loses his turn because others name somebody who does not lead.
  node_id target(partition_id partition, const partition_placement& where, node_id self) {
    auto nodes = where.phase == placement_phase::adding ? where.former : where.replicas;
    if (where.phase == placement_phase::switching)
      nodes.insert(nodes.end(), where.former.begin(), where.former.end());
    std::ranges::sort(nodes);
    std::erase(nodes, self);
    if (nodes.empty())
      return {};
    auto& x = known_[partition];
    if (x.leads && x.leads != self && where.hosts(x.leads))
      return x.leads;
    auto next = std::ranges::upper_bound(nodes, x.last);
    x.last = next != nodes.end() ? *next : nodes.front();
    return x.last;
  }

  /// True if `node` has said, when it was asked last, that it does not lead the partition. A replica that was taken out of its group
  /// is told no more who leads.
  [[nodiscard]] bool has_denied(partition_id partition, node_id node) const {
    auto found = known_.find(partition);
    return found != known_.end() && found->second.denied == node;
  }

  /// `from` has answered, or has not: what its answer says about the leader.
  void told(partition_id partition, node_id from, status code, node_id leader) {
    auto& x = known_[partition];
    if (code == status::node_is_not_leader || code == status::unknown_partition || code == status::not_hosted)
      x.denied = from;
    else if (x.denied == from)
      x.denied = {};
    if (leader && leader != from && code == status::node_is_not_leader)
      x.leads = leader;
    else if (code == status::node_is_not_leader || code == status::unknown_partition || code == status::errored
             || code == status::proposal_timeout || code == status::not_hosted || code == status::stopping)
      x.leads = {};
    else
      x.leads = from;
  }

private:
  struct remote {
    node_id leads;
    node_id last;   ///< Whose turn was last.
    node_id denied; ///< Who was the last to say that it does not lead.
  };

  std::map<partition_id, remote> known_;
};

} // namespace kommander
