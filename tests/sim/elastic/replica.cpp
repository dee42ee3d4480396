#include "tests/sim/elastic/replica.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/sim/bugs/active_bug.hpp"
#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

constexpr std::size_t captures_max = 8;

/// Changes of the map that may be under way when the simulator's last name is near.
constexpr std::uint64_t names_spared = 6;

client_answer refusal(status code, std::string reason) {
  return {code, {}, {}, std::move(reason), nullptr};
}

} // namespace

raft_core& elastic_replica::core() const {
  return *owner_.core_of(partition_);
}

// -- life -----------------------------------------------------------------------------------------------------------

log_index elastic_replica::start(const recovered_partition& recovered, const partition_info& birth) {
  auto state = recovered.kept ? replicated_state::decode(recovered.kept->data) : replicated_state{log_index{}, birth};
  auto kept = recovered.kept ? recovered.kept->index : log_index{};
  if (!state || state->index() != kept || recovered.boundary.index > kept)
    throw violation{"node " + to_string(node_) + ": what is kept beside the log of partition " + to_string(partition_)
                    + " is not enough to go on"};
  delivery_.emplace(std::move(*state), recovered.commit);
  machine_ = keyed_machine{birth};
  if (durable_) {
    machine_.decode(durable_->machine);
    delivery_->skip_until(durable_->index);
  }
  captures_.clear();
  complete_at_.reset();
  goals_ = {};
  last_at_tick_ = last_at_tick_before_ = {};
  return kept;
}

void elastic_replica::stop(bool tells) {
  delivery_.reset();
  batch_.reset();
  pending_.reset();
  next_pending_.reset();
  export_.reset();
  captures_.clear();
  installed_.reset();
  auto callers = std::exchange(callers_, {});
  auto exports = std::exchange(waiting_exports_, {});
  if (!tells)
    return;
  for (auto& [id, told] : callers)
    told({id, status::storage_failed, {}, {}});
  for (auto& x : exports)
    x.done(range_part{status::storage_failed, {}, "the partition has ended", {}, {}, {}, false});
}

bool elastic_replica::is_complete() {
  const auto& x = core();
  if (x.is_fenced())
    complete_at_.reset();
  else
    complete_at_ = std::min(complete_at_.value_or(x.log().last()), x.log().last());
  return complete_at_ && handled() >= *complete_at_;
}

// -- delivery -------------------------------------------------------------------------------------------------------

void elastic_replica::push(std::vector<entry> committed) {
  delivery_->forget_outcomes(); // all who waited for them have their answer
  for (auto& x : committed) {
    auto copy = x;
    delivery_->push({std::move(x)});
    facts_.committed(partition_, copy, delivery_->state());
  }
  handled_more();
  hand_over();
}

void elastic_replica::hand_over() {
  if (batch_)
    return;
  batch_ = delivery_->next();
  if (batch_)
    batch_due_ = owner_.apply_due();
}

void elastic_replica::carry_out() {
  for (const auto& x : batch_->entries)
    carry_out(x);
}

void elastic_replica::carry_out(const entry& x) {
  if (x.kind == entry_kind::control) {
    auto change = decode_ownership_change(x.payload);
    if (change && change->step == ownership_step::import)
      machine_.import(*change);
    else if (change)
      machine_.drop(change->what, partition_);
  } else if (auto what = decode_key_request(x)) {
    facts_.applies(partition_, x, *what, machine_);
    machine_.apply(*what);
  }
  facts_.applied(partition_, x.index, machine_);
}

void elastic_replica::end_batch() {
  carry_out();
  batch_.reset();
  delivery_->answered();
  handled_more();
}

void elastic_replica::handled_more() {
  settle_pending();
  if (handled() > core().applied_index())
    owner_.applied(partition_, handled());
  remember();
  continue_exports();
}

void elastic_replica::pass(std::uint64_t tick) {
  settle_pending();
  last_at_tick_before_ = std::exchange(last_at_tick_, core().log().last());
  while (batch_ && tick >= batch_due_) {
    end_batch();
    hand_over();
  }
  continue_exports();
}

// -- snapshots and compaction ---------------------------------------------------------------------------------------

bool elastic_replica::settle() {
  for (hand_over(); batch_; hand_over())
    end_batch();
  return delivery_->rests();
}

/// Where the log may be compacted later.
void elastic_replica::remember() {
  if (!delivery_->rests() || (!captures_.empty() && captures_.back().index >= handled()))
    return;
  captures_.push_back({handled(), delivery_->state().encode(), machine_.encode()});
  if (captures_.size() > captures_max)
    captures_.pop_front();
}

log_index elastic_replica::compact(log_index durable, random_source& random) {
  std::size_t usable = 0;
  while (usable < captures_.size() && captures_[usable].index <= durable)
    ++usable;
  if (usable == 0)
    return {};
  auto library = random.below(usable);
  auto machine = library + random.below(captures_.size() - library);
  const auto& x = captures_[library];
  if (!durable_ || durable_->index < captures_[machine].index)
    durable_ = captures_[machine];
  auto index = x.index;
  owner_.keep(partition_, {index, x.library});
  captures_.erase(captures_.begin(), captures_.begin() + static_cast<std::ptrdiff_t>(library));
  return index;
}

namespace {

std::uint64_t hash_of(std::string_view x) {
  return std::hash<std::string_view>{}(x);
}

} // namespace

std::string elastic_replica::export_state(std::uint64_t chain) const {
  std::string content;
  byte_writer out{content};
  out.put_bytes(delivery_->state().encode().view());
  out.put_bytes(machine_.encode());
  chain ^= hash_of(content);
  std::string result(reinterpret_cast<const char*>(&chain), sizeof chain);
  return result + content;
}

std::uint64_t elastic_replica::chain_of(const std::string& state) noexcept {
  std::uint64_t chain = 0;
  if (state.size() < sizeof chain)
    return 0;
  std::memcpy(&chain, state.data(), sizeof chain);
  return chain ^ hash_of(std::string_view{state}.substr(sizeof chain));
}

void elastic_replica::import_state(log_index index, const std::string& state) {
  byte_reader in{bytes::copy(std::string_view{state}.substr(sizeof(std::uint64_t)))};
  auto library = in.get_bytes();
  std::string machine{in.get_view()};
  auto decoded = replicated_state::decode(library);
  if (!decoded || decoded->index() != index || !machine_.decode(machine))
    throw violation{"node " + to_string(node_) + ": a snapshot of partition " + to_string(partition_)
                    + " cannot be read"};
  delivery_->installed(std::move(*decoded));
  facts_.installed(partition_, delivery_->state());
  durable_ = capture{index, library, machine};
  installed_ = kept_state{index, library};
  captures_.clear();
  export_.reset();
}

// -- who owns what --------------------------------------------------------------------------------------------------

/// As of the last entry appended by this leader.
const ownership& elastic_replica::owner() const {
  auto counts = pending_ && core().is_leader() && core().current_term() == pending_->term;
  return counts && !seeded("fence-counts-when-applied") ? pending_->after : delivery_->state().owner();
}

void elastic_replica::settle_pending() {
  if (pending_
      && (!core().is_leader() || core().current_term() != pending_->term || state().owner() == pending_->after))
    pending_.reset();
}

std::optional<client_answer> elastic_replica::refuse_now() const {
  if (!delivery_->restored())
    return refusal(status::restore_in_progress, "it still delivers what was committed before the start");
  if (!core().is_leader())
    return refusal(status::node_is_not_leader, "it does not lead");
  return std::nullopt;
}

// -- clients --------------------------------------------------------------------------------------------------------

std::optional<client_answer> elastic_replica::answer_early(const elastic_request& x) const {
  if (auto refused = refuse_now())
    return refused;
  if (!seeded("fence-is-not-checked"))
    if (auto moved = owner().refusal(place_of(x.what.key), generation{x.what.expected_generation}))
      return refusal(status::partition_moved, *moved);
  if (x.origin.client) {
    auto known = state().sessions().look_up(x.origin, state().milliseconds());
    auto is_applied = std::max(known.first.index, state().taken_over_at()) <= handled();
    if (known.what == session_table::knowledge::done && is_applied)
      return client_answer{status::success, known.first.ticket, known.first.index, {}, nullptr};
  }
  return std::nullopt;
}

void elastic_replica::ask(const elastic_request& x, client_callback done) {
  if (x.is_read) {
    auto id = owner_.ask_read(partition_);
    callers_.emplace(id, [=, this](const core_reply& y) { done(read_result_of(y, x)); });
    return;
  }
  if (auto early = answer_early(x))
    return done(*early);
  auto id = owner_.propose(
    partition_, {owner_.stamp(state().milliseconds()), entry_kind::command, "key", encode(x.what), x.origin});
  callers_.emplace(id, [=, this](const core_reply& y) { done(result_of(y)); });
}

client_answer elastic_replica::result_of(const core_reply& x) {
  if (x.code != status::success || !delivery_)
    return {x.code, x.ticket, x.index, {}, nullptr};
  if (x.index <= delivery_->taken_over())
    return refusal(status::replication_failed, "another node's state was taken over");
  auto outcome = delivery_->take_outcome(x.index);
  if (!outcome)
    return {x.code, x.ticket, x.index, {}, nullptr};
  return {outcome->code, outcome->ticket, outcome->index, std::move(outcome->reason), nullptr};
}

client_answer elastic_replica::read_result_of(const core_reply& x, const elastic_request& what) const {
  if (x.code != status::success || !delivery_)
    return refusal(x.code, {});
  if (auto moved = state().owner().refusal(place_of(what.what.key), generation{what.what.expected_generation}))
    return refusal(status::partition_moved, *moved);
  const auto* cell = machine_.find(what.what.key);
  if (cell == nullptr)
    throw violation{"node " + to_string(node_) + ": a read of key " + std::to_string(what.what.key) + " in partition "
                    + to_string(partition_) + " succeeds where the key is not"};
  return {status::success, {}, x.index, {}, cell};
}

void elastic_replica::answered(const core_reply& x) {
  auto caller = callers_.extract(x.id);
  if (pending_ && pending_->id == x.id && x.code != status::proposal_timeout)
    pending_.reset(); // in force now, or certainly not
  if (!caller.empty())
    caller.mapped()(x);
}

// -- control entries ------------------------------------------------------------------------------------------------

void elastic_replica::control(const bytes& payload, const control_callback& done) {
  if (auto refused = refuse_control(payload))
    return done(*refused);
  auto last = core().log().last();
  auto id = owner_.propose(partition_, {owner_.stamp(state().milliseconds()), entry_kind::control, {}, payload, {}});
  callers_.emplace(id, [=, this](const core_reply& y) { done(control_result_of(y)); });
  if (next_pending_ && core().log().last() > last) { // otherwise it was refused
    next_pending_->id = id;
    pending_ = std::exchange(next_pending_, std::nullopt);
  }
}

std::optional<control_result> elastic_replica::refuse_control(const bytes& payload) {
  auto refused = [this](status code, std::string reason) {
    return control_result{code, {}, core().leader_id(), std::move(reason)};
  };
  next_pending_.reset();
  settle_pending();
  if (auto y = refuse_now())
    return refused(y->code, std::move(y->reason));
  if (!core().is_ready())
    return refused(status::node_is_not_leader, "it is not ready to lead");
  if (!partition_) {
    auto command = decode_map_command(payload);
    if (!command)
      return refused(status::invalid_argument, "no command");
    const auto* begin = std::get_if<map_begin>(&*command);
    auto names =
      std::holds_alternative<map_create>(*command) || (begin != nullptr && begin->kind == operation_kind::split);
    if (names && state().map().map().next_id.value() + names_spared > partitions_max_)
      return refused(status::errored, "the simulator has no more names");
    return std::nullopt;
  }
  auto change = decode_ownership_change(payload);
  if (!change)
    return refused(status::invalid_argument, "the payload is no step of an operation");
  if (pending_)
    return refused(status::active_proposal, "another step is under way");
  auto after = state().owner();
  auto found = after.commit(*change);
  if (found.code != status::success)
    return std::nullopt; // the log has the last word
  if (!found.is_new)
    return control_result{status::success, handled(), core().leader_id(), {}};
  next_pending_ = pending_ownership{{}, core().current_term(), std::move(after)};
  return std::nullopt;
}

control_result elastic_replica::control_result_of(const core_reply& x) {
  control_result result{x.code, x.index, {}, {}};
  if (x.code != status::success || !delivery_)
    return result;
  result.leader = core().leader_id();
  if (x.index <= delivery_->taken_over())
    return {status::replication_failed, x.index, result.leader, "another node's state was taken over meanwhile"};
  if (auto outcome = delivery_->take_outcome(x.index)) {
    result.code = outcome->code;
    result.reason = std::move(outcome->reason);
    if (outcome->code == status::success)
      result.index = outcome->index; // of what it repeats
  }
  return result;
}

// -- exports ----------------------------------------------------------------------------------------------------------

void elastic_replica::export_range(const range_export& x, range_callback done) {
  waiting_exports_.push_back({x, state().index(), std::move(done)});
  continue_exports();
}

void elastic_replica::continue_exports() {
  for (std::size_t i = 0; i < waiting_exports_.size();) {
    if (core().is_ready() && handled() < waiting_exports_[i].index) {
      ++i;
      continue;
    }
    auto x = std::move(waiting_exports_[i]);
    waiting_exports_.erase(waiting_exports_.begin() + static_cast<std::ptrdiff_t>(i));
    x.done(*begin_export(x));
  }
  if (export_ && !state().owner().fence())
    export_.reset();
}

std::optional<range_part> elastic_replica::begin_export(const waiting_export& x) {
  range_part part;
  part.leader = core().leader_id();
  auto refused = [&](status code, std::string reason) {
    part.code = code;
    part.reason = std::move(reason);
    return part;
  };
  const auto& asked = x.request;
  if (auto y = refuse_now())
    return refused(y->code, std::move(y->reason));
  if (!core().is_ready())
    return refused(status::node_is_not_leader, "it is not ready to lead");
  const auto& fence = state().owner().fence();
  if ((!fence || *fence != asked.what) && !seeded("does-not-wait-for-the-fence"))
    return refused(status::partition_moved, "there is no fence of this operation");
  if (asked.cursor.empty()) {
    export_ = running_export{asked.attempt, machine_.parts_of(asked.what, asked.bytes_max)};
    part.library = state().encode_moving(asked.what);
  } else if (!export_ || export_->attempt != asked.attempt) {
    return refused(status::errored, "the export was begun elsewhere, or is over");
  }
  auto at = asked.cursor.empty() ? 0 : std::stoul(std::string{asked.cursor.view()});
  part.code = status::success;
  part.data = bytes::copy(export_->parts.at(at));
  part.last = at + 1 == export_->parts.size();
  if (part.last)
    export_.reset();
  else
    part.cursor = bytes::copy(std::to_string(at + 1));
  return part;
}

} // namespace kommander::sim
