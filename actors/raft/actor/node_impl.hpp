/// The node's actor itself. Its functions are defined in raft_actor.cpp (life: start, what ends, stop), hosting.cpp
/// (partitions that come and go), members.cpp (members and the links to them), requests.cpp (what goes to one partition),
/// leaders.cpp (who leads, and who waits for it), events.cpp (what listeners are told, and the status) and liveness.cpp (who
/// is believed to be dead).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <spdlog/spdlog.h>

#include "actors/coordinator/coordinator_actor.hpp"
#include "actors/coordinator/member_actor.hpp"
#include "actors/partition/actor/sleep_board.hpp"
#include "actors/raft/hosting_core.hpp"
#include "actors/raft/leadership_core.hpp"
#include "actors/raft/raft_actor.hpp"
#include "actors/raft/status_collector.hpp"
#include "actors/raft/status_feed_actor.hpp"

namespace kommander {

using leader_promise = caf::typed_response_promise<leader_result>;
using operation_promise = caf::typed_response_promise<operation_result>;

/// Who waits in `leadership_core`.
using wait_promise = std::variant<leader_promise, operation_promise>;

enum class node_phase { running, ending_partitions, ending_logs, ending_links, ended };

class node_impl : public node_actor::base {
public:
  node_impl(caf::actor_config& cfg, node_parts parts);

  const char* name() const override {
    return "kommander.raft";
  }

  behavior_type make_behavior() override;

  /// Runs however this actor ends, also when nobody holds a handle of it any more. Sends nothing in its own name.
  void on_exit() override;

private:
  /// A partition that takes part.
  struct running {
    partition_actor actor;
    std::shared_ptr<budget_share> proposals; ///< Of `queued_`.
    bool divisible = false;                  ///< Its state machine moves parts of its state.
    std::uint64_t proposed = 0;              ///< Entries; counted here, so that nobody who sleeps has to be asked.
    std::uint64_t proposed_before = 0;       ///< When the load was measured last.
    std::uint64_t rate = 0;                  ///< Entries a second then.
  };

  template <class Handle>
  Handle watch(Handle x) {
    monitor(x);
    return x;
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  // -- partitions that come and go --------------------------------------------------------------------------------

  /// Takes up what the log had when it was opened.
  void start_recovered();
  void start_partition(partition_id id, recovered_partition found);
  partition_parts parts_of(partition_id id, recovered_partition found, machine_handle machine);
  machine_handle machine_of(partition_id id);
  void start_failed(partition_id id, const std::string& why);
  /// Whoever knows where partitions are gets the present table.
  void publish_routes();
  void on_map_update(const map_update& x);
  /// Does what is to be done about partitions that come or go.
  void host();
  void recover(partition_id id);
  void weigh(partition_id id);
  log_loss loss_of(partition_id id, const recovered_partition& found, const group_configuration& group) const;
  void end_partition(partition_id id);
  void on_recovered(wal_recovered& x);
  void on_recorded(const wal_metadata_set& x);
  void on_dropped(const wal_dropped& x);
  void answer_in_absence(const absent_messages& x);
  /// Partition 0 tells who leads it, and how far it may be trusted here.
  void follow_system(const leadership& system);

  std::size_t writer_of(partition_id x) const noexcept {
    return x.value() % writers_.size();
  }

  std::size_t reader_of(partition_id x) const noexcept {
    return x.value() % readers_.size();
  }

  // -- requests for one partition ---------------------------------------------------------------------------------

  caf::result<propose_result> on_propose(propose& x);
  caf::result<propose_batch_result> on_batch(propose_batch& x);
  caf::result<pending_tickets> on_get_pending_tickets(const get_pending_tickets& x);
  caf::result<read_result> on_read(const read_barrier& x);

  /// A decision or a checkpoint.
  template <class Request>
  caf::result<propose_result> propose_small(const Request& x) {
    if (auto refusal = charge(x.partition, small_request))
      return std::move(*refusal);
    return delegate(partitions_.at(x.partition).actor, x);
  }

  template <class Request>
  caf::result<operation_result> pass_on(const Request& x) {
    if (auto refusal = refuse(x.partition))
      return std::move(*refusal);
    return delegate(partitions_.at(x.partition).actor, x);
  }

  /// Takes what a proposal counts for from the node's budget, or says why it cannot be passed on. Here, not in the
  /// partition: what waits in its mailbox counts, too.
  std::optional<propose_result> charge(partition_id partition, load cost);
  /// Why a request for `partition` cannot be passed on, if it cannot.
  std::optional<operation_result> refuse(partition_id partition) const;
  /// Why `partition`, which does not run here, does not.
  operation_result absence(partition_id partition) const;
  const partition_info* placed_elsewhere(partition_id id) const;
  node_info host_of(partition_id id) const;
  std::string unknown(partition_id x) const;
  void take_turn(const gather_turn& x);
  /// What this node leads.
  load_report present_load();
  void measure_load();

  // -- the partition map ------------------------------------------------------------------------------------------

  partition_map present_map() const;
  caf::result<change_result> on_change(const change_partitions& x);

  // -- questions about leaders ------------------------------------------------------------------------------------

  caf::result<leader_result> on_wait_for_leader(const wait_for_leader& x);
  leader_result on_get_leader(const get_leader& x) const;
  leader_result on_is_leader(const is_leader& x) const;
  caf::result<operation_result> on_join();
  waiter_id add_wait(wait_promise x);
  void answer_waits();
  void end_waits(status code, const std::string& reason);
  void answer_wait(const wait_answer& x);

  // -- members ----------------------------------------------------------------------------------------------------

  /// A link, and until when it is kept: members' for ever.
  struct known_link {
    peer_link link;
    endpoint address;
    bool member = false;
    std::optional<instant> until;
  };

  membership present_membership() const;
  caf::result<membership_result> on_change_membership(const change_membership& x);
  void start_member();
  caf::result<progress_report> on_progress_request(const progress_request& x);
  void on_join_progress(const join_progress& x);
  /// Whoever is found is a door to knock at, and no more.
  void on_contacts(const contacts_found& x);
  void open_first_links();
  known_link& open_link(const node_info& peer, bool member, bool introduces_itself);
  void publish_links();
  /// Links follow the roster: its members' stay, those of others go after a while.
  void follow_roster(const cluster_roster& roster);
  /// If this node has never been a member before, and has the disk with which it joined, its partitions hear of it, once.
  void heed_first_time(const cluster_roster& roster);
  void end_old_links();
  void on_introduced(const node_info& who);
  /// Who votes in a partition as long as its log does not tell.
  group_configuration first_group(partition_id id) const;

  // -- who is believed to be dead ---------------------------------------------------------------------------------

  /// Advice: it decides when to look for another leader and whom to ask about, never who votes.
  void on_liveness(const liveness_changed& x);
  /// Of a newer roster only the addresses count, and that this node is new, until partition 0 brings it: it may be how to get
  /// there.
  void on_roster_heard(const roster_heard& x);
  void tell_roster();
  void wake_partitions_of(node_id peer);
  void wake_under_suspicion(partition_id partition, const leadership& what);
  [[nodiscard]] bool relies_on(const leadership& what, node_id peer) const noexcept;

  // -- status and events ------------------------------------------------------------------------------------------

  caf::result<node_status> on_get_status(const get_status& x);
  void ask_status(const std::shared_ptr<status_collector>& collector, partition_id id);
  void on_subscribe(const subscribe& x);
  void on_unsubscribe(const unsubscribe& x);
  void on_leader_update(const leader_update& x);
  void on_partition_failed(const partition_failed& x);

  template <class Event>
  void publish(const Event& x) {
    for (const auto& listener : listeners_)
      send(listener, x);
  }

  void publish(const std::optional<published_leader>& x) {
    if (x)
      publish(leader_changed{x->partition, parts_.links->describe(x->leader), x->term});
  }

  // -- life -------------------------------------------------------------------------------------------------------

  void start_all();
  void start_coordinator();
  void end_coordinator();
  void end_discovery();
  void start_swim();
  void end_swim();
  void on_down(const caf::down_msg& x);
  void on_partition_down(partition_id id, const caf::error& reason);
  template <class Handle>
  void on_log_down(std::vector<Handle>& all, std::size_t index, const caf::error& reason);
  void on_link_down(const caf::down_msg& x);
  caf::result<operation_result> on_stop();
  void begin_stop();
  void continue_stop();
  void end_logs();
  void end_links();
  void finish_stop();
  void on_tick();

  node_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  leadership_core leadership_;
  hosting_core hosting_;
  std::shared_ptr<wal_writer_counters> counters_;
  std::vector<wal_writer> writers_;
  std::vector<wal_reader> readers_;
  std::map<node_id, known_link> links_;
  cluster_roster roster_;                             ///< As of the last map.
  std::map<partition_id, running> partitions_;        ///< That take part;
  std::map<partition_id, partition_actor> leaving_;   ///< that were removed, and have not ended yet;
  std::map<caf::actor_addr, partition_id> addresses_; ///< both.
  std::size_t recovering_ = 0;                        ///< Partitions whose logs are being read.
  std::set<partition_id> weighing_;                   ///< The same of those that go to other nodes.
  bool routes_are_old_ = false;
  bool system_fenced_ = false; ///< Partition 0 is.
  bool never_here_ = false;    ///< The partitions know that nothing was ever on another disk of this node.
  ticker_actor ticker_;
  node_caller_actor caller_;
  coordinator_actor coordinator_;
  member_actor member_;
  swim_actor swim_;
  liveness_view_ptr liveness_ = std::make_shared<const liveness_view>(); ///< What is believed about the other nodes.
  status_feed status_feed_;
  std::shared_ptr<slow_operation_log> slow_commits_;
  std::shared_ptr<node_clock> clock_;    ///< Tickets of all partitions.
  std::shared_ptr<sleep_board> sleep_;   ///< Who of them is awake, and whom they must not rely on.
  std::shared_ptr<node_budget> queued_;  ///< Proposals that are not answered,
  std::shared_ptr<node_budget> writing_; ///< and entries on their way to the disk.
  std::map<node_id, endpoint> found_;    ///< By discovery.
  std::optional<join_progress> joining_; ///< The last news, while this node joins.
  std::optional<instant> measured_at_;   ///< The load.
  std::optional<instant> stalled_at_;    ///< When the disk was noticed to be slow, the last time.
  std::vector<event_listener> listeners_;
  std::map<waiter_id, wait_promise> waits_;
  waiter_id last_wait_;
  node_phase phase_ = node_phase::running;
  std::vector<operation_promise> stopping_;
  std::string stop_failure_;
  caf::error exit_reason_;
  instant stop_deadline_{0};
  bool net_running_ = true;
};

} // namespace kommander
