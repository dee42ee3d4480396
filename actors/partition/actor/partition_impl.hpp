/// The partition's actor itself. Its functions are defined in partition_actor.cpp (life, inputs, failure),
/// proposals.cpp, requests.cpp, members.cpp, output.cpp, delivery.cpp, control.cpp, snapshots.cpp and compaction.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include "actors/partition/actor/callers.hpp"
#include "actors/partition/actor/sleep_board.hpp"
#include "actors/partition/commit_meter.hpp"
#include "actors/partition/delivery_core.hpp"
#include "actors/partition/disk_watch.hpp"
#include "actors/partition/gathering.hpp"
#include "actors/partition/goal_order.hpp"
#include "actors/partition/open_charges.hpp"
#include "actors/partition/partition_actor.hpp"
#include "actors/partition/snapshot_stream.hpp"

namespace kommander {

class partition_impl : public partition_actor::base {
public:
  partition_impl(caf::actor_config& cfg, partition_parts parts);

  const char* name() const override {
    return "kommander.partition";
  }

  behavior_type make_behavior() override;

  /// Whatever ends this actor, nobody is left waiting.
  void on_exit() override;

private:
  // -- requests ---------------------------------------------------------------------------------------------------

  caf::result<propose_result> on_propose(propose& x);
  caf::result<propose_batch_result> on_batch(propose_batch& x);
  void submit(propose& x, caller to);
  proposal_id step_proposal(propose_input input, caller to, load cost);
  propose_result not_proposed(propose_result x);
  caf::result<propose_result> on_decision(const hlc_timestamp& ticket, verdict what);
  caf::result<propose_result> on_checkpoint();
  void expire_tickets();
  pending_tickets list_tickets() const;

  std::optional<propose_result> answer_early(const propose& x) const;
  std::optional<propose_result> answer_decision_early(const hlc_timestamp& ticket, verdict what) const;
  bool is_applied(log_index index) const noexcept;
  std::optional<propose_result> refuse_content(const propose& x) const;
  std::optional<propose_result> refuse_now() const;
  std::optional<propose_result> refuse_payloads(const propose& x) const;
  std::optional<propose_result> refuse_undecided() const;
  propose_result refusal(status code, std::string reason) const;

  template <class Step>
  caf::result<operation_result> on_operation(Step step) {
    if (stopping_)
      return operation_result{status::stopping, "this node is stopping"};
    if (!failure_.empty())
      return operation_result{status::errored, failure_};
    auto promise = make_response_promise<operator_promise>();
    step(callers_.add(promise));
    stepped();
    return promise;
  }

  caf::result<read_result> on_read_barrier(const read_barrier& x);
  partition_status describe();
  partition_load describe_load();
  node_info leader_info() const;

  // -- inputs -----------------------------------------------------------------------------------------------------

  void on_messages(const peer_messages& x);
  void on_tick();
  void on_never_here();
  void on_written(const wal_written& x);
  void on_read(wal_read_done& x);
  void on_stop(const partition_stop& x);
  void watch_disk();
  void on_down(const caf::down_msg& x);
  bool works() const noexcept;
  bool restored() const noexcept;
  instant now();

  // -- sleep ------------------------------------------------------------------------------------------------------

  /// Every input to the core goes this way: one that has slept has to know the time first.
  template <class Input>
  void step(Input&& x) {
    rouse();
    core_.step(std::forward<Input>(x));
  }

  void rouse();
  void rest_if_idle();
  [[nodiscard]] bool may_rest();
  [[nodiscard]] std::vector<node_id> relied_on() const;
  [[nodiscard]] std::uint64_t next_ticket_end() const;
  [[nodiscard]] bool next_ticket_end_is_due() const;
  void set_ticket_alarm();
  void on_ticket_alarm();
  void on_suspected(node_id peer);
  void wake_under_suspicion();
  void doubt_leader();
  void call_successor();
  void begin_calls();
  void tick_failed();
  void heed_successor(const peer_messages& x);

  // -- output -----------------------------------------------------------------------------------------------------

  /// Something was stepped into the core: its output is taken when the mailbox is empty, or many inputs have come. Every
  /// handler ends here, also one that stepped nothing: what was stepped before may wait for it.
  void stepped(std::size_t inputs = 1);
  /// Carries out what the core has decided. While a write is under way, further entries gather in the core for the next
  /// one, so that many small proposals become few writes and messages.
  void flush(bool may_gather = true);
  void carry_out(raft_output out);
  void write(raft_output& out);
  void send_messages(std::vector<raft_message>& messages);
  /// Tells the node what changed about the leader.
  void report();
  bool is_complete();
  void report_fence();
  void report_awaited();
  template <class T>
  void tell(T what) {
    if (auto node = caf::actor_cast<caf::strong_actor_ptr>(parts_.observer))
      send<caf::message_priority::high>(caf::actor_cast<node_observer>(node), std::move(what));
  }

  // -- the state machine ------------------------------------------------------------------------------------------

  /// Also while this actor ends. A machine that exports nothing needs no such news.
  template <class T>
  void tell_machine(T what) {
    if (parts_.machine.full)
      caf::anon_send(parts_.machine.full, std::move(what));
  }

  void deliver(std::vector<entry> committed);
  /// Passes on what is committed, and captures the library's state where it may be needed.
  void push_committed();
  [[nodiscard]] bool may_push() const noexcept;
  /// Tells the core how far everything is handled, and gives the state machine what comes next.
  void after_delivery();
  void hand_over(delivery_batch batch);
  void hand_over_step(const entry& x);
  /// The machine has answered for a step; `failure` is empty if it has carried it out.
  void on_step(log_index at, const std::string& failure, bool machine_is_gone);
  void on_applied(const applied& x);
  void on_apply_error(const caf::error& x);

  // -- keys that move ---------------------------------------------------------------------------------------------

  /// What will hold when an entry is committed that this leader has appended in `term`.
  struct pending_ownership {
    proposal_id id;
    raft_term term;
    ownership after;
  };

  struct waiting_export {
    range_promise promise;
    range_export request;
    log_index index; ///< The machine must have handled this first.
  };

  struct running_export {
    std::uint64_t attempt = 0;
    std::uint64_t session = 0;
  };

  [[nodiscard]] const ownership& owner() const noexcept;
  void settle_pending();
  void tell_map();
  caf::result<control_result> on_control(const control_proposal& x);
  std::optional<control_result> refuse_control(const control_proposal& x);
  control_result control_result_of(const core_reply& x);
  caf::result<range_part> on_range_export(const range_export& x);
  void continue_range_exports();
  std::optional<range_part> begin_export(const waiting_export& x);
  void ask_range(const waiting_export& x);
  void end_range_export();

  // -- members ----------------------------------------------------------------------------------------------------

  caf::result<group_report> on_group(const group_request& x);
  caf::result<control_result> on_handover(const handover_request& x);
  [[nodiscard]] std::optional<control_result> refuse_handover(const handover_request& x) const;
  group_report describe_group(status code) const;
  group_report group_refusal(status code, std::string reason) const;

  // -- snapshots --------------------------------------------------------------------------------------------------

  /// Of a machine that was given nothing there is nothing to export.
  [[nodiscard]] bool exports() const noexcept {
    return parts_.machine.full || !delivery_.state().last_delivered();
  }

  node_clock& ticket_clock() noexcept {
    return *parts_.clock;
  }

  /// Asks the machine what it holds, if it tells; delivery waits for the answer.
  void start_delivery();
  void on_durable_state(log_index durable);
  void serve_snapshots(raft_output& out);
  /// Begins what waits for the machine to rest, and passes on what has come from it.
  void continue_exports();
  void ask_machine(const snapshot_export::question& x);
  /// Gives the machine the part that waits, as soon as it may have it.
  void continue_import();
  void pass_on(snapshot_import::part part, std::uint64_t end);
  void on_import_result(snapshot_session session, std::uint64_t end, bool last, const import_result& x);
  void refuse_import(snapshot_session session, const std::string& why);
  void close_snapshots(const std::vector<snapshot_close>& closed);
  void abort_import();
  void note_snapshot_required(bool x);
  void note_stranger(node_id x);
  void describe_snapshot(node_id peer, peer_status& result) const;

  // -- compaction -------------------------------------------------------------------------------------------------

  /// The library's own state, as of the last entry pushed.
  [[nodiscard]] bytes encode_state() const;
  /// Nothing: it is none.
  [[nodiscard]] static std::optional<replicated_state> decode_state(const kept_state& x);
  void observe_state();
  void compact();
  void send_compaction(log_position boundary);
  void on_compacted(const wal_compacted& x);
  caf::result<operation_result> on_retain(const retain& x);
  caf::result<operation_result> on_release(const release& x);
  void release_holds(const caf::actor_addr& owner);

  // -- answers and failure ----------------------------------------------------------------------------------------

  void answer(caller to, const core_reply& x);
  propose_result result_of(const core_reply& x);
  read_result read_result_of(const core_reply& x, const reader& who) const;
  /// What a proposal was charged for is free again.
  void settle(const core_reply& x);
  void answer_all(status code, const std::string& reason);
  /// This partition takes part in nothing any more; the process and the other partitions go on (design rule 11).
  void fail(std::string reason);

  partition_id partition_;
  partition_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  raft_core core_;
  delivery_core delivery_;
  compaction_core compaction_;
  snapshot_export export_;
  snapshot_import import_;
  gathering gathering_;
  caller_queue callers_;
  open_charges charges_;
  commit_meter meter_;
  disk_watch disk_;
  leadership reported_;
  std::optional<log_index> complete_at_;       ///< Where the log ended when it was known to lack nothing.
  std::vector<log_index> outstanding_;         ///< What the state machine has not answered for.
  log_index commit_hint_;                      ///< The last commit index that was written along.
  write_sequence last_written_;                ///< The last write given to the writer,
  write_sequence last_durable_;                ///< and the last that it reported durable.
  std::optional<snapshot_write> import_part_;  ///< Waits for the machine.
  std::optional<kept_state> installed_state_;  ///< Goes with the write of the boundary.
  std::optional<kept_state> compaction_state_; ///< Goes with the next compaction.
  std::map<caf::actor_addr, hold_id> hold_owners_;
  hold_id last_hold_ = 0;
  std::vector<entry> undelivered_; ///< Committed, and not counted in the library's state yet.
  std::size_t inputs_ = 0;         ///< Stepped since the output was taken.
  std::optional<pending_ownership> pending_, next_pending_;
  std::vector<waiting_export> waiting_exports_;
  std::optional<running_export> range_export_;
  std::uint64_t last_range_session_ = 0;
  map_version told_map_;
  bool expiring_ = false; ///< A proposal to roll back undecided tickets is under way.
  bool fenced_ = false;
  instant fenced_since_{0};        ///< Or since the log was last told whom the fence awaits.
  bool snapshot_required_ = false; ///< As the leader has told last.
  instant strangers_told_{0};      ///< When the log was last told of strangers.
  bool flushing_ = false;
  bool delivers_ = false; ///< It is known where delivery begins.
  bool restore_told_ = false;
  bool stopping_ = false;
  bool was_removed_ = false; ///< It stops because there is no such partition any more.
  bool rests_ = false;       ///< Is not told the time, because nothing here needs it.
  tick_flag told_time_ = std::make_shared<std::atomic<bool>>(false);
  bool alarm_is_set_ = false;
  bool calls_successor_ = false; ///< Has failed as a leader, and nobody else is known to lead.
  instant called_at_{0};
  log_index last_at_tick_;        ///< Where the log ended at the last tick, …
  log_index last_at_tick_before_; ///< … and at the one before.
  goal_order goals_;
  std::string failure_; ///< Why this partition has stopped here; empty while it works.
};

/// The wall clock, in milliseconds since 1970: for tickets.
std::uint64_t wall_milliseconds();

} // namespace kommander
