// The library's own entries, and state that moves between partitions: steps of operations are proposed here, checked against
// what was appended before, and carried out at the state machine where they stand in the log.
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

/// Sessions of exported ranges are numbered apart from those of snapshots.
constexpr std::uint64_t range_sessions = std::uint64_t{1} << 63;

} // namespace

// -- what is owned --------------------------------------------------------------------------------------------------

/// As of the last entry appended by this leader: what the log says as soon as it is committed.
const ownership& partition_impl::owner() const noexcept {
  auto counts = pending_ && core_.is_leader() && core_.current_term() == pending_->term;
  return counts ? pending_->after : delivery_.state().owner();
}

/// Forgets a change that is in force, or that this leader cannot be held to any more.
void partition_impl::settle_pending() {
  if (pending_
      && (!core_.is_leader() || core_.current_term() != pending_->term || delivery_.state().owner() == pending_->after))
    pending_.reset();
}

void partition_impl::tell_map() {
  const auto& map = delivery_.state().map().map();
  if (partition_ || map.version <= told_map_)
    return;
  told_map_ = map.version;
  tell(map_update{std::make_shared<const partition_map>(map)});
}

// -- proposals ------------------------------------------------------------------------------------------------------

caf::result<control_result> partition_impl::on_control(const control_proposal& x) {
  if (auto refused = refuse_control(x)) {
    stepped(0);
    return std::move(*refused);
  }
  propose_input input;
  input.entries.push_back({ticket_clock().issue(wall_milliseconds()), entry_kind::control, {}, x.payload});
  auto promise = make_response_promise<control_promise>();
  auto last = core_.log().last();
  auto id = step_proposal(std::move(input), promise, load{});
  if (next_pending_
      && core_.log().last() > last) { // otherwise it was refused, and what comes next must not count on it
    next_pending_->id = id;
    pending_ = std::exchange(next_pending_, std::nullopt);
  }
  stepped();
  return promise;
}

/// What can be said without the log. Otherwise, what the entry will change is in `next_pending_`.
std::optional<control_result> partition_impl::refuse_control(const control_proposal& x) {
  auto refused = [this](status code, std::string reason) {
    return control_result{code, {}, leader_info().id, std::move(reason)};
  };
  next_pending_.reset();
  settle_pending();
  if (auto y = refuse_now())
    return refused(y->code, std::move(y->reason));
  if (!core_.is_ready())
    return refused(status::node_is_not_leader, explain(status::node_is_not_leader, partition_));
  if (!partition_)
    return decode_map_command(x.payload) ? std::nullopt
                                         : std::optional{refused(status::invalid_argument, "no command")};
  auto change = decode_ownership_change(x.payload);
  if (!change)
    return refused(status::invalid_argument, "the payload is no step of an operation");
  if (change->step == ownership_step::import && !parts_.machine.divisible)
    return refused(status::snapshot_required, "the state machine of partition " + to_string(partition_)
                                                + " takes over no part of another's state");
  if (pending_)
    return refused(status::active_proposal, "another step is under way in partition " + to_string(partition_));
  auto after = delivery_.state().owner();
  auto found = after.commit(*change);
  if (found.code != status::success)
    return std::nullopt; // the log has the last word
  if (!found.is_new)
    return control_result{status::success, delivery_.handled(), leader_info().id, {}};
  next_pending_ = pending_ownership{{}, core_.current_term(), std::move(after)};
  return std::nullopt;
}

control_result partition_impl::control_result_of(const core_reply& x) {
  control_result result{x.code, x.index, leader_info().id, explain(x.code, partition_)};
  if (x.code != status::success)
    return result;
  if (x.index <= delivery_.taken_over())
    return {status::replication_failed, x.index, leader_info().id, "another node's state was taken over meanwhile"};
  if (auto outcome = delivery_.take_outcome(x.index)) {
    result.code = outcome->code;
    result.reason = std::move(outcome->reason);
    if (outcome->code == status::success)
      result.index = outcome->index; // of what it repeats
  }
  return result;
}

// -- steps that concern the state machine -----------------------------------------------------------------------------

void partition_impl::hand_over_step(const entry& x) {
  auto change = decode_ownership_change(x.payload);
  auto refused = [this, at = x.index](const caf::error& why) {
    on_step(at, system().render(why), why == caf::sec::request_receiver_down);
  };
  if (!change)
    return on_step(x.index, "the step cannot be read", false);
  if (!parts_.machine.divisible)
    return on_step(x.index, "the state machine moves no state", false);
  if (change->step == ownership_step::import)
    request(parts_.machine.divisible, caf::infinite,
            import_range{change->what, x.index, change->offset, change->data, change->last})
      .then(
        [this, at = x.index](const import_result& y) {
          on_step(at, y.ok ? "" : y.reason.empty() ? "it does not say why" : y.reason, false);
        },
        refused);
  else
    request(parts_.machine.divisible, caf::infinite, drop_range{change->what, partition_, x.index})
      .then([this](const applied& y) { on_applied(y); }, refused);
}

void partition_impl::on_step(log_index at, const std::string& failure, bool machine_is_gone) {
  if (!works())
    return;
  if (machine_is_gone)
    return fail("the state machine of partition " + to_string(partition_) + " has ended");
  if (!failure.empty()) {
    log_->error("partition {}: the state machine refused what moves here or away (entry {}): {}", partition_.value(),
                at.value(), failure);
    tell(replication_error{partition_, at, failure});
    delivery_.note_outcome(at, entry_outcome{status::errored, {}, {}, failure});
  }
  delivery_.answered();
  after_delivery();
}

// -- exports ----------------------------------------------------------------------------------------------------------

caf::result<range_part> partition_impl::on_range_export(const range_export& x) {
  auto promise = make_response_promise<range_promise>();
  waiting_exports_.push_back({promise, x, delivery_.state().index()});
  continue_range_exports();
  stepped(0);
  return promise;
}

/// The machine is asked when it has applied all that was committed when the question came.
void partition_impl::continue_range_exports() {
  std::erase_if(waiting_exports_, [this](waiting_export& x) {
    if (works() && core_.is_ready() && delivery_.handled() < x.index)
      return false;
    if (auto refused = begin_export(x))
      x.promise.deliver(std::move(*refused));
    return true;
  });
  if (range_export_ && (!works() || !delivery_.state().owner().fence()))
    end_range_export();
}

std::optional<range_part> partition_impl::begin_export(const waiting_export& x) {
  auto refused = [this](status code, std::string reason) {
    range_part part;
    part.code = code;
    part.leader = leader_info().id;
    part.reason = std::move(reason);
    return part;
  };
  const auto& asked = x.request;
  if (auto y = refuse_now())
    return refused(y->code, std::move(y->reason));
  if (!core_.is_ready())
    return refused(status::node_is_not_leader, explain(status::node_is_not_leader, partition_));
  const auto& fence = delivery_.state().owner().fence();
  if (!fence || *fence != asked.what)
    return refused(status::partition_moved, "partition " + to_string(partition_) + " has no fence of operation "
                                              + to_string(asked.what.operation));
  if (!parts_.machine.divisible)
    return refused(status::snapshot_required,
                   "the state machine of partition " + to_string(partition_) + " exports no part of its state");
  if (asked.cursor.empty()) {
    end_range_export();
    range_export_ = running_export{asked.attempt, range_sessions | ++last_range_session_};
  } else if (!range_export_ || range_export_->attempt != asked.attempt) {
    return refused(status::errored, "the export was begun elsewhere, or is over");
  }
  ask_range(x);
  return std::nullopt;
}

void partition_impl::ask_range(const waiting_export& x) {
  auto promise = x.promise;
  auto session = range_export_->session;
  auto library = x.request.cursor.empty() ? delivery_.state().encode_moving(x.request.what) : bytes{};
  auto answered = [this, promise, session, library](state_chunk& y) mutable {
    if (y.last && range_export_ && range_export_->session == session)
      end_range_export();
    promise.deliver(
      range_part{status::success, leader_info().id, {}, library, std::move(y.data), std::move(y.cursor), y.last});
  };
  auto failed = [this, promise](const caf::error& y) mutable {
    range_part part;
    part.reason = "the state machine does not export: " + system().render(y);
    promise.deliver(std::move(part));
  };
  request(parts_.machine.divisible, caf::infinite,
          export_range{x.request.what, session, x.request.cursor, static_cast<std::size_t>(x.request.bytes_max)})
    .then(answered, failed);
}

void partition_impl::end_range_export() {
  if (range_export_)
    tell_machine(end_export{partition_, range_export_->session});
  range_export_.reset();
}

} // namespace kommander
