// The partition's life: start, what arrives, stop and failure.
#include "actors/partition/partition_actor.hpp"

#include <utility>

#include "actors/partition/actor/partition_impl.hpp"
#include "actors/raft/log.hpp"

namespace kommander {

std::uint64_t wall_milliseconds() {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
}

namespace {

/// The log is told of strangers once in so long.
constexpr instant strangers_interval = std::chrono::minutes{1};

/// Everything up to here is in the kept state and in the state machine; delivery begins after it.
log_index kept_index(const recovered_partition& x) noexcept {
  return x.kept ? x.kept->index : log_index{};
}

/// Whoever opened the log has checked that it can be read.
replicated_state kept_state_of(const recovered_partition& x, const partition_info& birth) {
  auto found = x.kept ? replicated_state::decode(x.kept->data) : std::nullopt;
  return found ? std::move(*found) : replicated_state{{}, birth};
}

/// A partition that was not given a birth is one that no key leads to.
partition_info birth_of(const partition_parts& x) {
  auto birth = x.birth;
  birth.id = x.options.partition;
  return birth;
}

} // namespace

partition_impl::partition_impl(caf::actor_config& cfg, partition_parts parts)
  : partition_actor::base(cfg),
    partition_{parts.options.partition},
    parts_{std::move(parts)},
    log_{component_logger("partition")},
    core_{parts_.options, raft_core_start{.recovered = parts_.recovered,
                                          .applied = kept_index(parts_.recovered),
                                          .now = now(),
                                          .seed = parts_.seed,
                                          .lost = parts_.lost,
                                          .known_voters = parts_.known_voters,
                                          .begins_cluster = !partition_,
                                          .verify = true,
                                          .question_base = wall_milliseconds() * 1000}},
    delivery_{kept_state_of(parts_.recovered, birth_of(parts_)), parts_.recovered.commit},
    compaction_{parts_.compaction,
                {parts_.recovered.boundary.index, kept_index(parts_.recovered), delivery_.state().checkpoint(), {}}},
    gathering_{parts_.options.append_bytes_max},
    disk_{parts_.disk_stall_timeout} {
  if (!parts_.clock)
    parts_.clock = std::make_shared<node_clock>(parts_.options.self);
  if (!parts_.sleep)
    parts_.sleep = std::make_shared<sleep_board>();
  observe_state();
}

partition_impl::behavior_type partition_impl::make_behavior() {
  cafx::use_library_handlers(this);
  set_down_handler([this](const caf::down_msg& x) { on_down(x); });
  monitor(parts_.machine.plain);
  parts_.sleep->wake(partition_, caf::weak_actor_ptr{ctrl()}, told_time_);
  core_.tick(now());
  tell_map();
  start_delivery();
  flush();
  // CAF tries them in this order.
  return {
    [this](propose& x) { return on_propose(x); },
    [this](const peer_messages& x) { on_messages(x); },
    [this](const wal_written& x) { on_written(x); },
    [this](const gather_turn&) {
      gathering_.turn_came();
      stepped(0);
    },
    [this](const partition_tick&) { on_tick(); },
    [this](const peer_suspected& x) { on_suspected(x.peer); },
    [this](const never_here&) { on_never_here(); },
    [this](const ticket_alarm&) { on_ticket_alarm(); },
    [this](wal_read_done& x) { on_read(x); },
    [this](const transfer_leadership& x) {
      return on_operation([&](proposal_id id) { step(transfer_input{id, x.target}); });
    },
    [this](const step_down&) { return on_operation([&](proposal_id id) { step(step_down_input{id}); }); },
    [this](const read_barrier& x) { return on_read_barrier(x); },
    [this](propose_batch& x) { return on_batch(x); },
    [this](const commit_proposal& x) { return on_decision(x.ticket, verdict::commit); },
    [this](const rollback_proposal& x) { return on_decision(x.ticket, verdict::rollback); },
    [this](const checkpoint&) { return on_checkpoint(); },
    [this](const get_pending_tickets&) {
      stepped(0);
      return list_tickets();
    },
    [this](const get_partition_status&) {
      stepped(0);
      return describe();
    },
    [this](const control_proposal& x) { return on_control(x); },
    [this](const range_export& x) { return on_range_export(x); },
    [this](const group_request& x) { return on_group(x); },
    [this](const handover_request& x) { return on_handover(x); },
    [this](const partition_stop& x) { on_stop(x); },
    [this](const retain& x) { return on_retain(x); },
    [this](const release& x) { return on_release(x); },
    [this](const wal_compacted& x) { on_compacted(x); },
  };
}

bool partition_impl::restored() const noexcept {
  return delivers_ && delivery_.restored();
}

void partition_impl::on_exit() {
  answer_all(status::replication_failed, "the partition has ended on this node; the entries may survive");
  end_range_export();
  for (const auto& x : export_.close_all())
    tell_machine(end_export{partition_, x});
  if (import_.reached_machine())
    tell_machine(kommander::abort_import{partition_, import_.session()});
  if (core_.is_leader() && core_.is_asleep() && !was_removed_)
    call_successor();
  parts_.sleep->remove(partition_);
  parts_ = partition_parts{};
}

// -- inputs -------------------------------------------------------------------------------------------------------
void partition_impl::on_messages(const peer_messages& x) {
  if (!works())
    return heed_successor(x);
  step(write_pressure_input{parts_.writes->budget().exhausted()});
  for (const auto& message : x.messages) {
    auto ignored = core_.strangers_ignored();
    step(message);
    if (core_.strangers_ignored() != ignored)
      note_stranger(message.from);
    else if (const auto* beat = std::get_if<heartbeat>(&message.body))
      note_snapshot_required(beat->snapshot_required);
  }
  stepped(x.messages.size());
}

/// That may be a newer leader, for which this core waits; so nothing is wrong yet.
void partition_impl::note_stranger(node_id x) {
  if (strangers_told_ != instant{0} && now() - strangers_told_ < strangers_interval)
    return;
  strangers_told_ = now();
  log_->info("partition {}: node {} wants to lead, and belongs to no configuration known here; {} such messages were "
             "ignored so far",
             partition_.value(), x.value(), core_.strangers_ignored());
}

void partition_impl::on_tick() {
  told_time_->store(false);
  if (!works())
    return tick_failed();
  core_.tick(now());
  last_at_tick_before_ = std::exchange(last_at_tick_, core_.log().last());
  wake_under_suspicion();
  expire_tickets();
  watch_disk();
  report_awaited();
  if (core_.has_output() || core_.is_asleep())
    flush(false); // a stalled disk, or a mailbox that is never empty, holds entries up for a tick at most
  rest_if_idle();
}

void partition_impl::on_never_here() {
  if (!works())
    return;
  step(never_here_input{});
  stepped();
}

void partition_impl::on_written(const wal_written& x) {
  if (x.failure.empty())
    last_durable_ = x.sequence;
  disk_.ended(x.sequence, now());
  if (stopping_) {
    if (!x.failure.empty() || last_durable_ >= last_written_)
      quit();
    return;
  }
  if (!works())
    return;
  if (x.failure.empty())
    step(durable_input{x.sequence});
  else
    step(storage_failed_input{x.failure});
  stepped();
}

void partition_impl::watch_disk() {
  if (!disk_.look(now()))
    return;
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(disk_.slowest(now()));
  if (!disk_.stalled())
    log_->info("partition {}: the disk keeps up again", partition_.value());
  else if (core_.is_leader())
    log_->warn("partition {}: a write takes {} ms; leadership goes to another node", partition_.value(), took.count());
  else
    log_->warn("partition {}: a write takes {} ms", partition_.value(), took.count());
  if (disk_.stalled())
    tell(disk_stalled{partition_, took});
  step(disk_input{disk_.stalled()});
}

void partition_impl::on_read(wal_read_done& x) {
  if (!works())
    return;
  if (!x.failure.empty())
    log_->error("partition {}: entries from {} could not be read: {}", partition_.value(), x.first.value(), x.failure);
  step(entries_read_input{x.peer, std::move(x.entries)});
  stepped();
}

void partition_impl::on_stop(const partition_stop& x) {
  if (stopping_)
    return;
  if (works())
    flush(false); // what the core has decided already is answered as decided
  stopping_ = true;
  was_removed_ = x.removed;
  answer_all(status::replication_failed,
             x.removed ? "the partition was removed before the entries were applied here; they may have gone with it"
                       : "the node stopped before the entries were committed; they may survive");
  if (!failure_.empty() || last_durable_ >= last_written_)
    quit();
}

void partition_impl::on_down(const caf::down_msg& x) {
  if (x.source != parts_.machine.plain.address())
    return release_holds(x.source);
  if (works())
    fail("the state machine of partition " + to_string(partition_) + " has ended: " + system().render(x.reason));
}

bool partition_impl::works() const noexcept {
  return failure_.empty() && !stopping_;
}

instant partition_impl::now() {
  return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
}

// -- answers and failure ------------------------------------------------------------------------------------------
void partition_impl::answer(caller to, const core_reply& x) {
  if (pending_ && pending_->id == x.id && x.code != status::proposal_timeout)
    pending_.reset(); // in force now, or certainly not
  if (std::holds_alternative<proposer>(to) || std::holds_alternative<batch_slot>(to))
    return deliver_to(to, result_of(x));
  if (auto* operation = std::get_if<operator_promise>(&to))
    operation->deliver(operation_result{x.code, explain(x.code, partition_)});
  else if (auto* read = std::get_if<reader>(&to))
    read->promise.deliver(read_result_of(x, *read));
  else if (auto* control = std::get_if<control_promise>(&to))
    control->deliver(control_result_of(x));
  else if (auto* group = std::get_if<group_promise>(&to))
    group->deliver(describe_group(x.code));
  else if (auto* handover = std::get_if<adviser>(&to))
    handover->promise.deliver(control_result{x.code, {}, leader_info().id, explain(x.code, partition_)});
  else if (std::holds_alternative<ticket_expiry>(to))
    expiring_ = false;
}

/// A read of keys that have moved meanwhile is none: they may have been written elsewhere already.
read_result partition_impl::read_result_of(const core_reply& x, const reader& who) const {
  auto names_something = who.place != any_place || who.expected;
  auto moved = x.code == status::success && names_something ? delivery_.state().owner().refusal(who.place, who.expected)
                                                            : std::nullopt;
  if (moved)
    return {status::partition_moved, {}, leader_info(), "partition " + to_string(partition_) + ": " + *moved};
  return {x.code, x.index, leader_info(), explain_read(x.code, partition_)};
}

/// What the log made of a proposal, if it was applied; what the core says otherwise.
propose_result partition_impl::result_of(const core_reply& x) {
  if (x.code == status::success && x.index <= delivery_.taken_over())
    return {status::replication_failed, x.ticket, x.index, leader_info(),
            "committed, but another node's state was taken over here: what became of the request is not known"};
  auto outcome = x.code == status::success ? delivery_.take_outcome(x.index) : std::nullopt;
  if (!outcome)
    return {x.code, x.ticket, x.index, leader_info(), explain(x.code, partition_)};
  return {outcome->code, outcome->ticket, outcome->index, leader_info(), std::move(outcome->reason)};
}

void partition_impl::settle(const core_reply& x) {
  auto charge = charges_.take(x.id);
  if (!charge)
    return;
  parts_.proposals->give_back(charge->cost);
  if (x.code != status::success)
    return;
  auto at = now();
  meter_.committed(at, at - charge->since, charge->cost.entries);
  parts_.slow_commits->note(at - charge->since);
}

void partition_impl::answer_all(status code, const std::string& reason) {
  propose_result lost;
  lost.code = code;
  lost.reason = reason;
  if (parts_.proposals)
    parts_.proposals->give_back(charges_.take_all());
  for (auto& x : callers_.take_all()) {
    deliver_to(x, lost);
    if (auto* operation = std::get_if<operator_promise>(&x))
      operation->deliver(operation_result{code, reason});
    else if (auto* read = std::get_if<reader>(&x))
      read->promise.deliver(
        read_result{stopping_ ? status::stopping : status::errored, {}, {}, "the partition ends here"});
    else if (auto* control = std::get_if<control_promise>(&x))
      control->deliver(control_result{code, {}, {}, reason});
    else if (auto* group = std::get_if<group_promise>(&x))
      group->deliver(group_refusal(code, reason));
    else if (auto* handover = std::get_if<adviser>(&x))
      handover->promise.deliver(control_result{code, {}, {}, reason});
  }
  for (auto& x : std::exchange(waiting_exports_, {}))
    x.promise.deliver(range_part{code, {}, reason, {}, {}, {}, false});
}

void partition_impl::fail(std::string reason) {
  if (!failure_.empty())
    return;
  failure_ = std::move(reason);
  answer_all(status::storage_failed, failure_);
  tell(partition_failed{partition_, failure_});
  begin_calls();
}

partition_actor spawn_partition(caf::actor_system& system, partition_parts parts) {
  return system.spawn<partition_impl>(std::move(parts));
}

} // namespace kommander
