/// What a node of an elastic cluster is beside its partitions: the real cores that follow the map, drive operations and keep
/// calls between nodes; glued as actors/raft/actor/hosting.cpp, the coordinator actor and the node caller do.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/coordinator/call_table.hpp"
#include "actors/coordinator/coordinator_core.hpp"
#include "actors/coordinator/member_core.hpp"
#include "actors/coordinator/membership_core.hpp"
#include "actors/coordinator/placement_core.hpp"
#include "actors/coordinator/remote_leaders.hpp"
#include "actors/raft/hosting_core.hpp"
#include "actors/swim/swim_core.hpp"
#include "tests/sim/checker/roster_facts.hpp"
#include "tests/sim/elastic/replica.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

class elastic_clients;

/// What all hosts share.
struct elastic_context {
  const plan& settings;
  elastic_facts& facts;
  roster_facts& rosters;
  elastic_clients& clients;
  const tracer& trace;
  dose& counts;
};

class elastic_host {
public:
  elastic_host(elastic_context context, core_owner& owner, node_id self);

  // -- life ---------------------------------------------------------------------------------------------------------

  /// The node starts, for the `life`th time: which partitions are to be started at once.
  std::vector<partition_id> start(std::uint64_t life);

  void crash();

  /// The disk has lost everything; `applications` too.
  void wipe();

  /// What the disk and the applications do is done soon.
  void repair();

  /// A replica begins, from what was recovered: what its core is to go on after, and whether what its disk may have lost is
  /// known.
  log_index start_replica(partition_id partition, const recovered_partition& recovered);

  /// What a replica may have lost, as far as its node can tell; then the term and vote that the node has kept of it are put in
  /// the place of what the log says.
  log_loss loss_of(partition_id partition, recovered_partition& recovered) const;

  /// The voters with whom the group of a partition of the map began.
  [[nodiscard]] group_configuration first_voters(partition_id partition) const {
    return group_configuration::of(birth_of(partition).born_voters);
  }

  [[nodiscard]] std::vector<node_id> known_voters(partition_id partition) const;

  void stop_replica(partition_id partition);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// The output of a core was taken: its answers, and what is committed.
  void carry_out(partition_id partition, raft_output& out);

  void called(const raft_message& message);

  /// A message for a partition that does not run here.
  void called_in_absence(const raft_message& message);
  void asked(const elastic_request& x);

  /// Once a turn of the node.
  void pass(std::uint64_t tick);

  /// Somebody wants this node out of the cluster.
  void leave();

  /// It has left: it does not come back.
  [[nodiscard]] bool has_left() const noexcept {
    return member_ && member_->has_left();
  }

  /// Whom sleeping groups cannot rely on: who is not alive, as this node believes, or has started anew since the last question.
  std::vector<node_id> take_doubts();

  // -- observers ----------------------------------------------------------------------------------------------------

  [[nodiscard]] elastic_replica& replica(partition_id partition) {
    return *replicas_[partition.value()];
  }

  [[nodiscard]] const elastic_replica& replica(partition_id partition) const {
    return *replicas_[partition.value()];
  }

  /// What this node knows of the map; null while it is down or knows nothing.
  [[nodiscard]] std::shared_ptr<const partition_map> map() const;

  /// True if nothing is left to do: the map is the newest, and just its partitions run here.
  [[nodiscard]] bool rests(const partition_map& newest) const;

private:
  using reply_callback = std::function<void(const node_reply&)>;

  struct open_request {
    node_request what;
    reply_callback done;
    partition_id elsewhere{}; ///< The partition that it is about, if another node was asked as its leader.
    node_id asked{};
  };

  /// Something that the disk does for hosting.
  struct chore {
    std::uint64_t due = 0;
    std::function<void()> done;
  };

  [[nodiscard]] partition_info birth_of(partition_id partition) const;
  void ask(node_request what, reply_callback done, node_id to = {});
  void ask_elsewhere(call_id id, open_request& x, partition_id partition);
  void send_to(node_id to, call_id id, const node_request& what);
  void ask_here(call_id id, const node_request& what);
  void carry_out_request(const node_request& what, const reply_callback& done);
  void finish(call_id id, const node_reply& reply);
  void on_call(const raft_message& message, const node_call& call);
  void on_answer(const raft_message& message, const node_answer& answer);
  void reply(node_id to, partition_id partition, call_id id, const node_reply& x);
  void later(std::function<void()> what);
  void drive();
  void follow_system();
  void tell_map();
  void do_hosting();
  void drop(partition_id id);

  // -- host_members.cpp -------------------------------------------------------------------------------------------------
  [[nodiscard]] bool is_first_member() const noexcept;
  [[nodiscard]] bool is_member(node_id id) const;
  void start_members(std::uint64_t life);
  void crash_members();
  void know_map(const std::shared_ptr<const partition_map>& map);
  void know_roster(const cluster_roster& roster);
  void heed_first_time(const cluster_roster& roster);
  void lead_members(std::optional<raft_term> term);
  void pass_on(node_id from, const member_request& what, const reply_callback& done);
  void pass_members(instant now);
  void drive_members();
  void drive_member(instant now);
  void pass_swim(instant now);
  [[nodiscard]] node_id next_contact();
  [[nodiscard]] bool members_rest() const;

  elastic_context context_;
  core_owner& owner_;
  node_id self_;
  std::vector<std::unique_ptr<elastic_replica>> replicas_; ///< By partition.
  hosted_record record_;                                   ///< On disk.

  // While the node lives.
  std::optional<hosting_core> hosting_;
  std::optional<coordinator_core> coordinator_;
  std::optional<call_table> table_;
  std::map<call_id, open_request> open_;
  std::vector<std::function<void()>> later_; ///< Answers, in the next turn.
  std::vector<chore> chores_;
  map_version told_map_;
  std::optional<raft_term> told_term_;

  // Of rosters; while the node lives, but for the first two.
  std::uint64_t disk_id_;
  bool wiped_ = false;
  std::optional<membership_core> members_;
  std::optional<placement_core> placement_;
  std::optional<member_core> member_;
  std::optional<swim_core> swim_;
  remote_leaders elsewhere_;
  liveness_view_ptr view_;
  std::vector<node_id> doubts_; ///< New ones.
  instant next_swim_{0};
  roster_version known_roster_;
  bool never_here_ = false;
  bool hears_leader_ = false;
  node_id last_contact_;
  std::uint64_t asked_ = 0;         ///< Numbers what was asked of contacts.
  std::optional<instant> asked_at_; ///< The last of it, which is not answered.
};

} // namespace kommander::sim
