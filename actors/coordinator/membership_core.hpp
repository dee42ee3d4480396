/// Brings the groups of all partitions to have the members that the roster says, on the node that leads partition 0. Pure.
///
/// It keeps nothing that matters: what is to be done follows from the map and from what the groups' leaders tell, and each
/// step may be taken twice. A leader takes up what its predecessor began, and forgets everything when it leads no more.
///
/// The order of steps:
///  - A learner of the roster becomes a learner of every group. When it is within `promotion_lag` entries of every leader,
///    known to be, and has been for `stable_window`, it is promoted in the roster, and then in every group.
///  - Who is leaving is taken out of every group; when all of them are settled without it, it is removed from the roster.
///  - Who has been dead for `eviction_grace` is made to leave, unless too few of the others are alive: after it, a majority
///    of the voters that are left must be alive. One at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/swim/liveness.hpp"

namespace kommander {

struct membership_options {
  node_id self;                                    ///< Is never taken for dead.
  std::uint64_t promotion_lag = 10;                ///< Entries.
  instant stable_window = std::chrono::seconds{3}; ///< So long a learner must have been within the lag.
  instant poll_interval =
    std::chrono::milliseconds{250};                 ///< Between two questions to a group that a learner waits for.
  instant eviction_grace = std::chrono::minutes{2}; ///< Dead for so long: it is evicted. Zero: nobody is.
  std::size_t requests_max = 64;                    ///< Under way at a time; at most one a partition.
  instant backoff_min = std::chrono::milliseconds{50};
  instant backoff_max = std::chrono::seconds{1};
};

struct membership_request {
  std::uint64_t number = 0; ///< Ascends; comes back with the answer.
  node_request what;        ///< A `group_request`, or a `control_proposal` with a `member_change`.

  friend bool operator==(const membership_request&, const membership_request&) = default;
};

/// How far a learner is, for those who wait for it.
struct learner_progress {
  node_id node;
  std::size_t caught_up = 0;  ///< Partitions whose leader says that it is close enough; …
  std::size_t partitions = 0; ///< … of so many.

  friend bool operator==(const learner_progress&, const learner_progress&) = default;
};

/// Each request must be answered, in bounded time: what is not answered goes on only with the next leader.
class membership_core {
public:
  explicit membership_core(const membership_options& options);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// This node has applied a version of the map; also the one that it starts with. An older one than before is ignored.
  void map(std::shared_ptr<const partition_map> x);

  /// This node leads partition 0 and is ready, in this term; or it does not.
  void leads(std::optional<raft_term> term);

  /// Who is alive, as this node believes.
  void believes(liveness_view_ptr x);

  /// Answers to requests whose number is unknown, because nothing depends on them any more, change nothing.
  void answered(std::uint64_t number, const group_report& x);
  void answered(std::uint64_t number, const control_result& x);

  /// Time goes on. `now` never falls; to be told at least each `backoff_min` while `is_busy()`, and before what happens
  /// after a pause.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// In the order in which they were decided.
  std::vector<membership_request> take_requests();

  // -- observers ----------------------------------------------------------------------------------------------------

  /// True while something is to be driven, or a member is not alive: the time matters.
  [[nodiscard]] bool is_busy() const noexcept;

  /// Of each learner, ascending by id; empty unless this node leads.
  [[nodiscard]] std::vector<learner_progress> progress() const;
