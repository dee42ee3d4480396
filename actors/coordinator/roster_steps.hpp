/// What a step of a member makes of the roster. Part of what partition 0's log says, so every replica must come to the same.
/// Pure.
///
/// What holds after each step:
///  - There is a voter: somebody who is not leaving can bring everybody else to where the roster says.
///  - Members ascend by id, and there are at most `members_max`.
///  - `evicted` is only said of who is leaving.
///  - `first_time` is only said of who was never removed, and not any more when it has come with a second disk.
///  - `disk` is the only disk with which a member was ever seen; first members tell theirs when they have started.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

/// Instead of its disk, of a member that has come with several, or may have: it was a member before.
inline constexpr std::uint64_t several_disks = ~std::uint64_t{0};

/// What became of a step. Without success nothing has changed, and it was
///  - `invalid_argument`: about nobody, or with an address or a zone that is none,
///  - `stale_membership`: meant for another version of the roster,
///  - `member_not_found`: about somebody who is no member,
///  - `concurrent_membership_change`: not possible while this member is leaving; it may be repeated when it has left,
///  - `drain_in_progress`: the leave of a member that is leaving by its own wish already, so that it may ask until it has left,
///  - `insufficient_voters`: the leave of the last voter,
///  - `errored`: not possible as things are.
struct roster_outcome {
  status code = status::success;
  std::string reason;   ///< For people; empty on success.
  bool changed = false; ///< The roster is not what it was. A disk that is told for the first time makes no new version.
};

/// Why there can be no cluster that begins with these members; empty: there can be one.
std::string wrong_with_first(const std::vector<member_info>& members);

/// Members are such that nothing is wrong with them.
cluster_roster first_roster(const std::vector<member_info>& members);

/// Of a roster that has a version.
roster_outcome change_roster(cluster_roster& roster, const member_change& x);

/// True if steps can lead to it.
bool is_consistent(const cluster_roster& x);

} // namespace kommander
