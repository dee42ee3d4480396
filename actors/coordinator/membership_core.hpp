/// Brings the groups of all partitions to have the members that the roster says, on the node that leads partition 0. Pure.
///
/// It keeps nothing that matters: what is to be done follows from the map and from what the groups' leaders tell, and each
/// step may be taken twice. A leader takes up what its predecessor began, and forgets everything when it leads no more.
///
/// The order of steps:
///  - A learner of the roster becomes a learner of every group. When it is within `promotion_lag` entries of every leader, and
///    has been for `stable_window`, after which each of them has said so again, it is promoted in the roster, and then in
///    every group. Whom a leader has not heard of is not close.
///  - Who is leaving is taken out of every group; when all of them are settled without it, it is removed from the roster.
///    Partitions with a placement of their own are left to placement_core: it is only waited for that they are elsewhere.
///  - Who has been dead for `eviction_grace` is made to leave, unless too few of the others are alive (see eviction.hpp). One
///    at a time, and not before it has been asked once more, directly: any answer of its own gives it the whole of the grace.
///
/// Partition 0's own group is the first to get who comes: its log tells a new node which partitions there are. And it is the
/// last to let go who leaves, which may be this node itself: as soon as partition 0's group is without it, another one leads.
/// Until then that node can see to it that all other groups are as they should be.
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

struct membership_options {
  node_id self;                                    ///< Is never taken for dead.
  std::uint64_t promotion_lag = 10;                ///< Entries.
  instant stable_window = std::chrono::seconds{3}; ///< So long a learner must have been within the lag.
  /// Between two questions to a group that a learner waits for; longer if that would be more than `requests_max` questions
  /// each `backoff_min`.
  instant poll_interval = std::chrono::milliseconds{250};
  instant eviction_grace = std::chrono::minutes{2}; ///< Dead for so long: it is evicted. Zero: nobody is.
  instant probe_timeout = std::chrono::seconds{2};  ///< So long it is waited for the answer of who is to be evicted.
  std::size_t requests_max = 64;                    ///< Under way at a time; at most one a partition.
  instant backoff_min = std::chrono::milliseconds{50};
  instant backoff_max = std::chrono::seconds{1};
};

struct membership_request {
  std::uint64_t number = 0; ///< Ascends; comes back with the answer.
  /// A `group_request`, a `control_proposal` with a `member_change`, or a `load_request`, of which only matters that it is
  /// answered.
  node_request what;
  node_id of = {}; ///< Whose load; else zero.

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
  void answered(std::uint64_t number, const load_report& x);

  /// Time goes on. `now` never falls; to be told at least each `backoff_min` while `is_busy()`, and before what happens
  /// after a pause.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// In the order in which they were decided.
  std::vector<membership_request> take_requests();

  // -- observers ----------------------------------------------------------------------------------------------------

  /// True while something is to be driven, or a member is not alive and may have to be evicted: the time matters.
  [[nodiscard]] bool is_busy() const noexcept;

  /// Of each learner, ascending by id; empty unless this node leads.
  [[nodiscard]] std::vector<learner_progress> progress() const;

  /// Answers that are waited for.
  [[nodiscard]] std::size_t requests_under_way() const noexcept {
    return requests_.size();
  }

private:
  /// What the groups are to be like.
  struct group_goal {
    std::uint64_t number = 0; ///< Another one with each other goal.
    std::vector<node_id> voters;
    std::vector<node_id> learners;
  };

  /// What this leader knows of a partition's group.
  struct group {
    std::uint64_t number = 0;   ///< Of the request under way; zero: none.
    unsigned failures = 0;      ///< In a row.
    std::optional<instant> due; ///< When it is asked next; nothing: not by itself, or the request is under way.
    bool is_settled = false;    ///< It has been as the goal says.
    std::map<node_id, std::uint64_t> close; ///< Learners that are; and in which run it has confirmed that.
  };

  /// How far a learner is. A run begins when the last group says that it is close, and ends when one does not any more.
  struct learner {
    std::size_t close = 0; ///< Groups that say so.
    std::optional<instant> run_since;
    std::uint64_t run = 0;
    std::size_t confirmed = 0; ///< Groups that have said so when the run was old enough.
  };

  enum class asked : std::uint8_t {
    change, ///< For a change of the roster.
    look,   ///< Partition 0, how it is.
    first,  ///< Partition 0, to take in who comes and keep who leaves.
    all,    ///< To be as the goal says.
    probe,  ///< Who is to be evicted, whether it is there.
  };

  struct pending {
    asked what = asked::change;
    partition_id partition;
    std::uint64_t goal = 0;
    roster_version version;
  };

  /// The change of the roster that is under way, or was tried last.
  struct roster_change {
    std::uint64_t number = 0; ///< Zero: none is under way.
    member_change what;
    unsigned failures = 0; ///< In a row.
    instant not_before{0};
  };

  /// The last question to somebody who was to be evicted.
  struct last_probe {
    node_id node;
    std::uint64_t number = 0; ///< Zero: it is not under way.
    instant asked_at{0};
    bool unanswered = false;
  };

  // -- what follows from the map --

  [[nodiscard]] bool drives() const noexcept;
  void forget();
  void follow_map();
  void follow_partitions();
  void follow_roster();
  void drop_group(partition_id id);
  void begin_goal(group_goal x);
  void repeat_system();

  // -- groups --

  void pump();
  void ask(partition_id id, group& x);
  [[nodiscard]] group_goal first_goal() const;
  void reported(const pending& request, const group_report& x);
  void settle(group& x);
  void unsettle(group& x);
  void end_with_system();
  void failed(partition_id id, group& x);
  void set_due(partition_id id, group& x, instant when);
  void clear_due(partition_id id, group& x);
  [[nodiscard]] instant poll_interval() const noexcept;

  // -- learners --

  void note_close(group& x, const group_report& report);
  void note_close(group& x, node_id id, bool is_close);
  void judge(learner& x);
  [[nodiscard]] bool may_promote(node_id id, const learner& x) const;

  // -- the roster --

  void pump_change();
  [[nodiscard]] std::optional<member_change> next_change() const;
  [[nodiscard]] bool has_replicas(node_id id) const;
  [[nodiscard]] std::optional<node_id> to_evict() const;
  void changed(status code);
  void spare();
  [[nodiscard]] bool is_silent(node_id id) const noexcept;
  void ask_directly(node_id id);
  void probed(status code);
  void end_probe();

  [[nodiscard]] bool has_room() const noexcept;
  std::optional<pending> take(std::uint64_t number);
  std::uint64_t send(const pending& what, node_request request, node_id of = {});
  [[nodiscard]] instant after(unsigned failures) const noexcept;

  membership_options options_;
  std::shared_ptr<const partition_map> map_;
  liveness_view_ptr view_;
  std::optional<raft_term> term_;
  instant leads_since_{0};
  instant now_{0};
  std::uint64_t last_number_ = 0;

  group_goal goal_;
  roster_version version_;       ///< Of the roster that is followed.
  std::vector<node_id> leaving_; ///< Ascending.
  std::map<partition_id, group> groups_;
  std::set<std::pair<instant, partition_id>> due_; ///< When a group is asked next.
  std::size_t unsettled_ = 0;                      ///< Groups.
  bool others_may_go_ = false;                     ///< Partition 0's group has who comes.
  bool system_is_last_ = false;                    ///< All others have been settled: it lets go who leaves.
  std::optional<group_goal> system_as_is_;         ///< How partition 0's group was, when somebody began to leave.

  std::map<node_id, learner> learners_;
  std::uint64_t last_run_ = 0;
  roster_change change_;
  last_probe probe_;
  std::map<node_id, instant> answered_; ///< Who was to be evicted and has answered, and when.
  std::map<std::uint64_t, pending> requests_;
  std::vector<membership_request> out_;
};

} // namespace kommander
