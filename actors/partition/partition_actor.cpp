#include "actors/partition/partition_actor.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <variant>

#include <spdlog/spdlog.h>

#include "actors/partition/delivery_core.hpp"
#include "actors/partition/gathering.hpp"
#include "actors/raft/log.hpp"
#include "kommander/hlc.hpp"

namespace kommander {

namespace {

/// So many inputs are stepped at most before the output is carried out, however full the mailbox is.
constexpr std::size_t inputs_per_flush_max = 512;
constexpr std::size_t type_bytes_max = 255;

/// The commit index is written along when it has moved by so many entries: it only spares a restart some waiting, and
/// costs a record each time.
constexpr std::uint64_t commit_hint_step = 128;

using proposer = caf::typed_response_promise<propose_result>;
using operator_promise = caf::typed_response_promise<operation_result>;
using reader_promise = caf::typed_response_promise<read_result>;

/// Who waits for one `proposal_id`; monostate once it was answered.
using caller = std::variant<std::monostate, proposer, operator_promise, reader_promise>;

/// Callers by the ids that they were given, which ascend; the oldest are mostly answered first.
class caller_queue {
public:
  proposal_id add(caller x) {
    callers_.push_back(std::move(x));
    return proposal_id{first_ + callers_.size() - 1};
  }

  /// The caller of `id`, who is forgotten; monostate if there is none any more.
  caller take(proposal_id id) {
    auto offset = id.value() - first_;
    if (id.value() < first_ || offset >= callers_.size())
      return {};
    auto result = std::exchange(callers_[offset], caller{});
    while (!callers_.empty() && std::holds_alternative<std::monostate>(callers_.front())) {
      callers_.pop_front();
      ++first_;
    }
    return result;
  }

  std::deque<caller> take_all() {
    first_ += callers_.size();
    return std::exchange(callers_, {});
  }

private:
  std::deque<caller> callers_;
  std::uint64_t first_ = 1;
};

/// For people: what a refusal or an unknown outcome means.
std::string explain(status code, partition_id partition) {
  auto where = "partition " + to_string(partition);
  switch (code) {
    case status::success: return {};
    case status::node_is_not_leader: return "this node does not lead " + where + ", or is not ready to";
    case status::proposal_queue_full: return where + " has as much uncommitted as its proposal queue may hold";
    case status::proposal_timeout: return "not committed in " + where + " in time; it still may be";
    case status::replication_failed: return "this node lost the leadership of " + where + "; the entries may survive";
    case status::storage_failed: return where + " could not write its log; the entries may survive elsewhere";
    case status::active_proposal: return "a leadership transfer of " + where + " is under way";
    case status::member_not_found: return "the target is no member of " + where;
    default: return where + ": " + std::string{to_string(code)};
  }
}

/// The same for a read: nothing is unknown about one that failed.
std::string explain_read(status code, partition_id partition) {
  if (code == status::proposal_queue_full)
    return "too many reads wait in partition " + to_string(partition);
  if (code == status::proposal_timeout)
    return "nobody proved in time to lead partition " + to_string(partition);
  return code == status::storage_failed ? "partition " + to_string(partition) + " has failed"
                                        : explain(code, partition);
}

std::uint64_t wall_milliseconds() {
  auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
}

class partition_impl : public partition_actor::base {
public:
  partition_impl(caf::actor_config& cfg, partition_parts parts)
    : partition_actor::base(cfg),
      partition_{parts.options.partition},
      parts_{std::move(parts)},
      log_{component_logger("partition")},
      core_{parts_.options, raft_core_start{.recovered = parts_.recovered,
                                            .applied = parts_.recovered.boundary.index,
                                            .now = now(),
                                            .seed = parts_.seed,
                                            .lost = parts_.lost,
                                            .verify = true,
                                            .question_base = wall_milliseconds() * 1000}},
      delivery_{parts_.recovered.boundary.index, parts_.recovered.commit},
      clock_{parts_.options.self.value()},
      gathering_{parts_.options.append_bytes_max} {
    // nop
  }

  const char* name() const override {
    return "kommander.partition";
  }

  behavior_type make_behavior() override {
    cafx::use_library_handlers(this);
    set_down_handler([this](const caf::down_msg& x) { on_machine_down(x); });
    monitor(parts_.machine);
    tell(restore_started{partition_});
    core_.tick(now());
    after_delivery();
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
      [this](wal_read_done& x) { on_read(x); },
      [this](const transfer_leadership& x) {
        return on_operation([&](proposal_id id) { core_.step(transfer_input{id, x.target}); });
      },
      [this](const step_down&) { return on_operation([&](proposal_id id) { core_.step(step_down_input{id}); }); },
      [this](const read_barrier& x) { return on_read_barrier(x); },
      [this](const get_partition_status&) {
        stepped(0);
        return describe();
      },
      [this](const partition_stop&) { on_stop(); },
    };
  }

  /// Whatever ends this actor, nobody is left waiting.
  void on_exit() override {
    answer_all(status::replication_failed, "the partition has ended on this node; the entries may survive");
    parts_ = partition_parts{};
  }

private:
  // -- requests ---------------------------------------------------------------------------------------------------

  caf::result<propose_result> on_propose(propose& x) {
    if (auto refusal = refuse(x)) {
      stepped(0);
      return std::move(*refusal);
    }
    propose_input input;
    input.entries.reserve(x.payloads.size());
    auto ticket = clock_.issue(wall_milliseconds());
    std::size_t weight = 0;
    for (std::size_t i = 0; i < x.payloads.size(); ++i) {
      auto last = i + 1 == x.payloads.size();
      weight += x.payloads[i].size() + 1;
      input.entries.push_back(
        {ticket, entry_kind::command, last ? std::move(x.type) : x.type, std::move(x.payloads[i])});
    }
    auto promise = make_response_promise<proposer>();
    input.id = callers_.add(promise);
    gathering_.proposed(weight);
    core_.step(std::move(input));
    stepped();
    return promise;
  }

  /// What is wrong with a proposal before the core sees it. Nothing was appended then.
  std::optional<propose_result> refuse(const propose& x) const {
    if (stopping_)
      return refusal(status::stopping, "this node is stopping");
    if (!failure_.empty())
      return refusal(status::errored, failure_);
    if (x.payloads.empty())
      return refusal(status::invalid_argument, "a proposal needs at least one payload");
    if (x.type.size() > type_bytes_max)
      return refusal(status::invalid_argument,
                     "the type has " + std::to_string(x.type.size()) + " bytes; at most 255 are allowed");
    if (auto bad = refuse_payloads(x))
      return bad;
    if (!delivery_.restored())
      return refusal(status::restore_in_progress,
                     "partition " + to_string(partition_) + " still delivers what was committed before the start");
    if (!core_.is_leader())
      return refusal(status::node_is_not_leader, explain(status::node_is_not_leader, partition_));
    return std::nullopt;
  }

  std::optional<propose_result> refuse_payloads(const propose& x) const {
    std::size_t sum = 0;
    for (const auto& payload : x.payloads) {
      if (payload.empty())
        return refusal(status::invalid_argument, "an empty payload cannot be proposed");
      if (payload.size() > parts_.payload_bytes_max)
        return refusal(status::payload_too_large, "a payload of " + std::to_string(payload.size())
                                                    + " bytes; payload_bytes_max is "
                                                    + std::to_string(parts_.payload_bytes_max));
      sum += entry{{}, {}, {}, entry_kind::command, {}, payload}.weight() + x.type.size();
    }
    if (sum > parts_.options.proposal_queue_bytes_max)
      return refusal(status::payload_too_large, "a proposal that counts for " + std::to_string(sum)
                                                  + " bytes; proposal_queue_bytes_max is "
                                                  + std::to_string(parts_.options.proposal_queue_bytes_max));
    if (x.payloads.size() > parts_.options.proposal_queue_entries_max)
      return refusal(status::payload_too_large, std::to_string(x.payloads.size())
                                                  + " payloads in one proposal; proposal_queue_entries_max is "
                                                  + std::to_string(parts_.options.proposal_queue_entries_max));
    return std::nullopt;
  }

  propose_result refusal(status code, std::string reason) const {
    return {code, {}, {}, leader_info(), std::move(reason)};
  }

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

  caf::result<read_result> on_read_barrier(const read_barrier& x) {
    if (stopping_)
      return read_result{status::stopping, {}, {}, "this node is stopping"};
    if (!failure_.empty())
      return read_result{status::errored, {}, {}, failure_};
    if (x.policy > read_policy::local)
      return read_result{status::invalid_argument, {}, {}, "no such policy of reads"};
    auto promise = make_response_promise<reader_promise>();
    core_.step(read_input{callers_.add(promise), x.policy});
    stepped();
    return promise;
  }

  partition_status describe() const {
    partition_status result;
    result.partition = partition_;
    result.role = failure_.empty() ? static_cast<raft_role>(core_.role().index()) : raft_role::failed;
    result.term = core_.current_term();
    result.leader = leader_info();
    result.first = core_.log().first();
    result.last = core_.log().last();
    result.commit = core_.commit_index();
    result.applied = core_.applied_index();
    result.waiting_proposals = core_.waiting_proposals();
    result.ready = works() && core_.is_ready();
    result.fenced = core_.is_fenced();
    result.failure = failure_;
    if (const auto* x = std::get_if<leader>(&core_.role()))
      for (const auto& [peer, state] : x->peers)
        result.peers.push_back({peer, state.match(), state.next(), state.recently_active});
    return result;
  }

  node_info leader_info() const {
    auto id = failure_.empty() ? core_.leader_id() : node_id{};
    for (const auto& x : parts_.members)
      if (x.id == id)
        return x;
    return {};
  }

  // -- inputs -----------------------------------------------------------------------------------------------------

  void on_messages(const peer_messages& x) {
    if (!works())
      return;
    for (const auto& message : x.messages)
      core_.step(message);
    stepped(x.messages.size());
  }

  void on_tick() {
    if (!works())
      return;
    core_.tick(now());
    if (core_.has_output())
      flush(false); // a stalled disk, or a mailbox that is never empty, holds entries up for a tick at most
  }

  void on_written(const wal_written& x) {
    if (x.failure.empty())
      last_durable_ = x.sequence;
    if (stopping_) {
      if (!x.failure.empty() || last_durable_ >= last_written_)
        quit();
      return;
    }
    if (!works())
      return;
    if (x.failure.empty())
      core_.step(durable_input{x.sequence});
    else
      core_.step(storage_failed_input{x.failure});
    stepped();
  }

  void on_read(wal_read_done& x) {
    if (!works())
      return;
    if (!x.failure.empty())
      log_->error("partition {}: entries from {} could not be read: {}", partition_.value(), x.first.value(),
                  x.failure);
    core_.step(entries_read_input{x.peer, std::move(x.entries)});
    stepped();
  }

  void on_stop() {
    if (stopping_)
      return;
    if (works())
      flush(false); // what the core has decided already is answered as decided
    stopping_ = true;
    answer_all(status::replication_failed, "the node stopped before the entries were committed; they may survive");
    if (!failure_.empty() || last_durable_ >= last_written_)
      quit();
  }

  void on_machine_down(const caf::down_msg& x) {
    if (works())
      fail("the state machine of partition " + to_string(partition_) + " has ended: " + system().render(x.reason));
  }

  bool works() const noexcept {
    return failure_.empty() && !stopping_;
  }

  instant now() {
    return std::chrono::duration_cast<instant>(clock().now().time_since_epoch());
  }

  // -- output -----------------------------------------------------------------------------------------------------

  /// Something was stepped into the core: its output is taken when the mailbox is empty, or many inputs have come. Every
  /// handler ends here, also one that stepped nothing: what was stepped before may wait for it.
  void stepped(std::size_t inputs = 1) {
    inputs_ += inputs;
    if (!flushing_ && works() && (inputs_ >= inputs_per_flush_max || cafx::mailbox_is_empty(this)))
      flush();
  }

  /// Carries out what the core has decided. While a write is under way, further entries gather in the core for the next
  /// one, so that many small proposals become few writes and messages.
  void flush(bool may_gather = true) {
    flushing_ = true;
    do {
      inputs_ = 0;
      auto holds = may_gather && gathering_.holds(now(), last_durable_ < last_written_, core_.awaits_apply());
      carry_out(core_.take_output(holds));
    } while (inputs_ > 0 && works());
    flushing_ = false;
    auto node = gathering_.ask_for_turn() ? caf::actor_cast<caf::strong_actor_ptr>(parts_.observer) : nullptr;
    if (node)
      send(caf::actor_cast<node_observer>(node), gather_turn{partition_});
  }

  void carry_out(raft_output out) {
    write(out);
    send_messages(out.messages);
    deliver(std::move(out.apply));
    for (const auto& x : out.reads)
      send(parts_.reader,
           wal_read{partition_, x.peer, x.first, x.last, x.bytes_max, caf::actor_cast<partition_actor>(this)});
    refuse_snapshots(out);
    for (const auto& x : out.replies)
      answer(callers_.take(x.id), x);
    if (const auto* x = std::get_if<failed>(&core_.role()))
      fail("partition " + to_string(partition_) + ": " + x->reason);
    else
      report();
  }

  /// State machines neither export nor import: whoever needs a snapshot waits, and the log is never compacted here.
  void refuse_snapshots(const raft_output& out) {
    for (const auto& x : out.snapshot_reads) {
      log_->warn("partition {}: node {} needs entries that are compacted away", partition_.value(), x.peer.value());
      core_.step(snapshot_unavailable_input{x.peer, x.session});
    }
    for (const auto& x : out.snapshot_writes)
      core_.step(snapshot_imported_input{x.session, false});
    inputs_ += out.snapshot_reads.size() + out.snapshot_writes.size();
  }

  void write(raft_output& out) {
    if (!out.needs_write())
      return;
    last_written_ = out.write;
    gathering_.wrote(now());
    log_index hint;
    if (distance(commit_hint_, out.commit) >= commit_hint_step)
      hint = commit_hint_ = out.commit;
    send(parts_.writer,
         wal_write{partition_write{partition_, out.state, out.truncate_from, std::move(out.append), hint, out.install},
                   out.write, caf::actor_cast<partition_actor>(this)});
  }

  void send_messages(std::vector<raft_message>& messages) {
    if (messages.empty())
      return;
    std::map<node_id, std::vector<raft_message>> by_peer;
    for (auto& x : messages)
      by_peer[x.to].push_back(std::move(x));
    for (auto& [peer, batch] : by_peer)
      if (auto link = parts_.links.find(peer); link != parts_.links.end())
        send(link->second, link_send{std::move(batch)});
  }

  /// Tells the node what changed about the leader.
  void report() {
    report_fence();
    leadership x;
    x.leader = core_.leader_id();
    x.term = core_.current_term();
    x.ready = core_.is_ready();
    x.settled = x.leader && (core_.is_leader() ? x.ready : core_.log().term_at(core_.commit_index()) == x.term);
    x.restored = delivery_.restored();
    if (x == reported_)
      return;
    if (x.leader != reported_.leader || x.term != reported_.term)
      log_->info("partition {}: term {}, leader {}", partition_.value(), x.term.value(),
                 x.leader ? to_string(x.leader) : "unknown");
    reported_ = x;
    tell(leader_update{partition_, x});
  }

  void report_fence() {
    if (std::exchange(fenced_, core_.is_fenced()) == core_.is_fenced())
      return;
    if (fenced_)
      log_->warn(
        "partition {}: this node's log may lack what it had acknowledged (a new, wiped, damaged or older disk); "
        "it does not vote until the others have brought it up to date",
        partition_.value());
    else
      log_->info("partition {}: this node's log is complete up to index {}, and it votes", partition_.value(),
                 core_.log().last().value());
  }

  template <class T>
  void tell(T what) {
    if (auto node = caf::actor_cast<caf::strong_actor_ptr>(parts_.observer))
      send<caf::message_priority::high>(caf::actor_cast<node_observer>(node), std::move(what));
  }

  // -- the state machine ------------------------------------------------------------------------------------------

  void deliver(std::vector<entry> committed) {
    if (committed.empty())
      return;
    // Tickets of a new leader are above those of all it inherited: it takes proposals only when these are applied.
    for (const auto& x : committed)
      clock_.observe(x.time);
    delivery_.push(std::move(committed));
    after_delivery();
  }

  /// Tells the core how far everything is handled, and gives the state machine what comes next.
  void after_delivery() {
    auto handled = delivery_.handled();
    auto news = handled > core_.applied_index();
    if (news) {
      auto waiting = core_.waiting_proposals();
      core_.step(applied_input{handled});
      gathering_.answering(waiting - core_.waiting_proposals());
    }
    if (delivery_.restored() && !restore_told_) {
      restore_told_ = true;
      tell(restore_finished{partition_, handled});
      report();
    }
    if (auto batch = delivery_.next())
      hand_over(std::move(*batch));
    stepped(news ? 1 : 0);
  }

  void hand_over(delivery_batch batch) {
    outstanding_.clear();
    for (const auto& x : batch.entries)
      outstanding_.push_back(x.index);
    auto taken = [this](const applied& x) { on_applied(x); };
    auto refused = [this](const caf::error& x) { on_apply_error(x); };
    if (batch.restore)
      request(parts_.machine, caf::infinite, restore_entries{partition_, std::move(batch.entries)})
        .then(taken, refused);
    else
      request(parts_.machine, caf::infinite, apply_entries{partition_, std::move(batch.entries)}).then(taken, refused);
  }

  void on_applied(const applied& x) {
    if (!works())
      return;
    for (const auto& bad : x.failures)
      tell(replication_error{partition_, bad.index, bad.reason});
    delivery_.answered();
    after_delivery();
  }

  void on_apply_error(const caf::error& x) {
    if (!works())
      return;
    if (x == caf::sec::request_receiver_down)
      return fail("the state machine of partition " + to_string(partition_) + " has ended");
    auto reason = system().render(x);
    log_->error("partition {}: the state machine refused entries {} to {}: {}", partition_.value(),
                outstanding_.front().value(), outstanding_.back().value(), reason);
    for (auto index : outstanding_)
      tell(replication_error{partition_, index, reason});
    delivery_.answered();
    after_delivery();
  }

  // -- answers and failure ----------------------------------------------------------------------------------------

  void answer(caller to, const core_reply& x) {
    if (auto* proposal = std::get_if<proposer>(&to))
      proposal->deliver(propose_result{x.code, x.ticket, x.index, leader_info(), explain(x.code, partition_)});
    else if (auto* operation = std::get_if<operator_promise>(&to))
      operation->deliver(operation_result{x.code, explain(x.code, partition_)});
    else if (auto* read = std::get_if<reader_promise>(&to))
      read->deliver(read_result{x.code, x.index, leader_info(), explain_read(x.code, partition_)});
  }

  void answer_all(status code, const std::string& reason) {
    propose_result lost;
    lost.code = code;
    lost.reason = reason;
    for (auto& x : callers_.take_all()) {
      if (auto* proposal = std::get_if<proposer>(&x))
        proposal->deliver(lost);
      else if (auto* operation = std::get_if<operator_promise>(&x))
        operation->deliver(operation_result{code, reason});
      else if (auto* read = std::get_if<reader_promise>(&x))
        read->deliver(read_result{stopping_ ? status::stopping : status::errored, {}, {}, "the partition ends here"});
    }
  }

  /// This partition takes part in nothing any more; the process and the other partitions go on (design rule 11).
  void fail(std::string reason) {
    if (!failure_.empty())
      return;
    failure_ = std::move(reason);
    answer_all(status::storage_failed, failure_);
    tell(partition_failed{partition_, failure_});
  }

  partition_id partition_;
  partition_parts parts_;
  std::shared_ptr<spdlog::logger> log_;
  raft_core core_;
  delivery_core delivery_;
  hybrid_clock clock_;
  gathering gathering_;
  caller_queue callers_;
  leadership reported_;
  std::vector<log_index> outstanding_; ///< What the state machine has not answered for.
  log_index commit_hint_;              ///< The last commit index that was written along.
  write_sequence last_written_;        ///< The last write given to the writer,
  write_sequence last_durable_;        ///< and the last that it reported durable.
  std::size_t inputs_ = 0;             ///< Stepped since the output was taken.
  bool fenced_ = false;
  bool flushing_ = false;
  bool restore_told_ = false;
  bool stopping_ = false;
  std::string failure_; ///< Why this partition has stopped here; empty while it works.
};

} // namespace

partition_actor spawn_partition(caf::actor_system& system, partition_parts parts) {
  return system.spawn<partition_impl>(std::move(parts));
}

} // namespace kommander
