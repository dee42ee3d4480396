/// Who has been dead for so long that it is better for the others to go on without it. Pure.
#pragma once

#include <map>
#include <optional>

#include "actors/swim/liveness.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

struct eviction_rule {
  node_id self;           ///< Is never taken for dead.
  instant grace{0};       ///< Dead for so long. Zero: nobody is evicted.
  instant leads_since{0}; ///< A new leader gives everybody the whole of the grace: what it believed before may be old.
  /// Who has answered this leader directly, and when: then it was not dead, whatever the view says.
  std::map<node_id, instant> answered = {};
};

/// Of the members whom `view` says to be dead for the grace: the one that has been it longest. Nobody if one that was evicted
/// has not left yet, or unless a majority of the voters that would be left is alive: those could neither take it out of
/// their groups nor do without it. Who is suspected, or not known of, does not count as alive.
std::optional<node_id> whom_to_evict(const cluster_roster& roster, const liveness_view& view, const eviction_rule& rule,
                                     instant now);

/// True if `view` says that it is dead.
bool is_dead(const liveness_view& view, node_id id) noexcept;

/// True if `view` says that it is something else than alive.
bool is_in_doubt(const liveness_view& view, node_id id) noexcept;

} // namespace kommander
