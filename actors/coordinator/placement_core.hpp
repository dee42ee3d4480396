/// Brings replicas to where they should be, on the node that leads partition 0. Pure.
///
/// It keeps nothing that matters: what is to be done follows from the map and from what the groups' leaders tell, and each step
/// may be taken twice. A leader takes up what its predecessor began, and forgets everything when it leads no more.
///
/// A partition's replicas change in three steps, each an entry of partition 0 (see `placement_phase`). Between them the group's
/// leader is asked to become as the step says:
///  - `adding`: those who come are learners of the group until each has nearly all of the log. If one of them is lost, others
///    take its place.
///  - `switching`: the group changes its voters in one joint step.
///  - `settled`: when that is committed. Only now those who went may forget the partition.
///
/// A partition whose replicas follow the roster is left to membership_core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/swim/liveness.hpp"

namespace kommander {

struct placement_options {
  node_id self = {};                                      ///< Is always alive.
  std::uint64_t promotion_lag = 10;                       ///< Entries: who lacks no more may vote.
  bool balance = true;                                    ///< Replicas move also for the better.
  instant interval = std::chrono::seconds{30};            ///< So long all must be calm before one does.
  std::size_t moves_max = 4;                              ///< Partitions on their way at a time.
  std::size_t requests_max = 32;                          ///< Under way at a time; at most one a partition.
  instant poll_interval = std::chrono::milliseconds{250}; ///< Between two questions how far those are who come.
  instant backoff_min = std::chrono::milliseconds{50};
  instant backoff_max = std::chrono::seconds{1};
};

struct placement_request {
  std::uint64_t number = 0; ///< Ascends; comes back with the answer.
  node_request what;        ///< A `group_request`, or a `control_proposal` with a `map_place`.

  friend bool operator==(const placement_request&, const placement_request&) = default;
};

/// Each request must be answered, in bounded time.
class placement_core {
public:
  explicit placement_core(const placement_options& options);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// This node has applied a version of the map. An older one than before is ignored.
  void map(std::shared_ptr<const partition_map> x);

  /// This node leads partition 0 and is ready, in this term; or it does not.
  void leads(std::optional<raft_term> term);

  /// Who is alive, as this node believes.
  void believes(liveness_view_ptr x);

  /// Answers to requests whose number is unknown change nothing.
  void answered(std::uint64_t number, const group_report& x);
  void answered(std::uint64_t number, const control_result& x);

  /// Time goes on. `now` never falls; to be told before what happens after a pause, and when `due` has come.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// In the order in which they were decided.
  std::vector<placement_request> take_requests();

  /// When time matters next; nothing: it does not before something happens.
  [[nodiscard]] std::optional<instant> due() const noexcept;

private:
  /// A partition of which something is to be done, or to be known.
  struct slot {
    map_version version;        ///< Of the placement that it is about.
    std::uint64_t number = 0;   ///< Of the request under way; zero: none.
    unsigned failures = 0;      ///< In a row.
    std::optional<instant> due; ///< When something is asked or proposed; nothing: the answer is waited for.
    bool is_reached = false;    ///< The group is as the step says: the next one is proposed.
  };

  [[nodiscard]] bool drives() const noexcept;
  void forget();
  void follow_map();
  void pump();
  void pump(partition_id id, slot& x);
  void look_at(const partition_info& x);
  [[nodiscard]] bool all_vote(const partition_info& x) const;
  void drop(partition_id id);
  void set_due(partition_id id, slot& x, std::optional<instant> when);
  void plan();
  [[nodiscard]] std::vector<node_id> alive_members() const;
  [[nodiscard]] bool is_calm(const std::vector<node_id>& alive) const;
  [[nodiscard]] static group_request goal_of(const partition_info& x);
  void reported(const partition_info& p, slot& x, const group_report& report);
  [[nodiscard]] bool all_are_close(const partition_info& p, const group_report& report) const;
  void propose(slot& x, map_place step);
  void send(partition_id id, slot& x, node_request what);
  std::optional<partition_id> take(std::uint64_t number);
  void later(partition_id id, slot& x);

  placement_options options_;
  std::shared_ptr<const partition_map> map_;
  liveness_view_ptr view_;
  std::optional<raft_term> term_;
  instant now_{0};
  std::uint64_t last_number_ = 0;

  std::map<partition_id, slot> slots_;
  std::set<std::pair<instant, partition_id>> due_; ///< Of the slots.
  std::set<partition_id> known_; ///< Placed partitions that this leader has seen settled, or has a slot for.
  std::map<std::uint64_t, partition_id> requests_;
  std::map<partition_id, map_version> planned_; ///< Proposed, and not in the map yet.
  bool plan_is_old_ = false;
  instant plan_not_before_{0};
  std::optional<instant> calm_since_;
  std::vector<placement_request> out_;
};

} // namespace kommander
