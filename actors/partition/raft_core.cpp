// The core's doors and its bookkeeping: writes and what waits for them, committing, applying, callers, output.
#include "actors/partition/raft_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

std::int64_t jitter_source::between(std::int64_t low, std::int64_t high) noexcept {
  // SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
  state_ += 0x9e3779b97f4a7c15ull;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  z ^= z >> 31;
  if (high <= low)
    return low;
  return low + static_cast<std::int64_t>(z % static_cast<std::uint64_t>(high - low + 1));
}

raft_core::raft_core(raft_core_options options, raft_core_start start)
  : options_{std::move(options)},
    log_{start.recovered, options_.log_cache_bytes_max},
    configurations_{options_.group, start.recovered.configs},
    state_{start.recovered.state},
    jitter_{start.seed},
    now_{start.now},
    commit_{std::clamp(start.recovered.commit, log_.boundary().index, log_.last())},
    applied_{std::max(start.applied, log_.boundary().index)},
    apply_sent_{applied_},
    durable_{log_.last()},
    taken_{log_.last()},
    matched_{commit_},
    read_request_{start.question_base},
    sender_{options_.snapshots},
    receiver_{options_.snapshots} {
  configurations_.remember(std::move(start.known_voters));
  role_ = follower{node_id{}, now_, draw_timeout()};
  reported_ = reportable();
  disk_.leader_heard = now_ - (group().voters.empty() ? options_.election_timeout_min : instant{0});
  start_fence(start);
  expect(configurations_.ok(), "a configuration in the log is damaged");
}

// -- doors --------------------------------------------------------------------------------------------------------

void raft_core::step(const raft_message& message) {
  if (has_failed() || message.partition != options_.partition || message.to != options_.self)
    return;
  if (message.from == options_.self || message.is_between_nodes() || !counts(message))
    return;
  woken_by(message);
  if (!is_believed(message)) {
    ++strangers_ignored_;
    if (is_asleep())
      wake(); // whom this core follows, or leads, may follow the stranger by now
    return;
  }
  if (!concerns_fence(message)) {
    if (!takes_part()) {
      fence_.named.insert(message.from); // who calls may know the group
      if (is_from_leader(message) && is_known(message.from))
        disk_.leader_heard = now_;
      return;
    }
    if (message.term < state_.current_term) {
      answer_stale(message);
      return;
    }
    if (message.term > state_.current_term && !adopt_higher_term(message))
      return;
  }
  std::visit([&](const auto& body) { on(message, body); }, message.body);
}

void raft_core::step(propose_input input) {
  auto* self = std::get_if<leader>(&role_);
  if (has_failed() || input.entries.empty()) {
    answer(input.id, has_failed() ? status::errored : status::invalid_argument);
    return;
  }
  wake();
  if (self == nullptr || !is_ready() || self->transferee) {
    answer(input.id, status::node_is_not_leader);
    return;
  }
  std::size_t weight = 0;
  for (const auto& x : input.entries)
    weight += entry{{}, {}, {}, x.kind, x.type, x.payload}.weight();
  auto uncommitted = distance(commit_, log_.last());
  if (uncommitted + input.entries.size() > options_.proposal_queue_entries_max
      || proposals_.size() >= options_.proposal_queue_entries_max
      || uncommitted_bytes_ + weight > options_.proposal_queue_bytes_max) {
    answer(input.id, status::proposal_queue_full);
    return;
  }
  auto ticket = input.entries.front().time;
  for (auto& x : input.entries)
    append_entry(
      {log_.last() + 1, state_.current_term, x.time, x.kind, std::move(x.type), std::move(x.payload), x.origin});
  proposals_.push_back({input.id, log_.last(), state_.current_term, ticket, now_ + options_.proposal_timeout});
}

void raft_core::step(const durable_input& input) {
  if (has_failed() || !expect(input.write <= last_write_, "a write became durable that was never issued"))
    return;
  durable_write_ = std::max(durable_write_, input.write);
  while (!writes_.empty() && writes_.front().sequence <= input.write) {
    durable_ = std::max(durable_, writes_.front().last);
    writes_.pop_front();
  }
  release_held();
  if (auto* self = std::get_if<candidate>(&role_); self != nullptr && state_is_durable() && self->granted.empty()) {
    self->granted.push_back(options_.self); // its own vote counts when it is durable, like any other
    count_votes();
  }
  if (is_leader())
    commit_by_majority();
  else
    acknowledge(false);
  tell_installed();
  settle_fence();
}

void raft_core::step(const storage_failed_input& input) {
  fail("the log could not be written: " + input.reason);
}

void raft_core::step(const applied_input& input) {
  if (has_failed() || !expect(input.index <= apply_sent_, "an entry was applied that was never handed out"))
    return;
  applied_ = std::max(applied_, input.index);
  answer_applied();
  answer_reads();
}

void raft_core::step(entries_read_input input) {
  if (has_failed())
    return;
  if (!input.peer) {
    apply_reading_ = false;
    apply_read_failed_ = input.entries.empty();
    if (!input.entries.empty())
      emit_apply(std::move(input.entries));
    return;
  }
  // Only the answer to the last request counts. One to an earlier leadership's may be of the present log and yet end
  // within a proposal: it was cut where another proposal ended then.
  auto under_way = reads_under_way_.find(input.peer);
  if (under_way == reads_under_way_.end() || --under_way->second > 0)
    return;
  reads_under_way_.erase(under_way);
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr)
    return;
  auto peer = self->peers.find(input.peer);
  if (peer == self->peers.end() || !peer->second.reading)
    return;
  // An answer may be left over from an earlier leadership, and its entries cut since: none may leave then.
  auto is_current = [this](const entry& x) { return log_.matches({x.index, x.term}); };
  if (input.entries.empty() || !std::all_of(input.entries.begin(), input.entries.end(), is_current)) {
    peer->second.read_failed = true; // asked for again with the next heartbeat
    return;
  }
  peer->second.reading = false;
  replicate_pending_ = true;
  if (input.entries.front().index == peer->second.next() && peer->second.may_send())
    send_entries(input.peer, peer->second, std::move(input.entries));
}

void raft_core::step(const transfer_input& input) {
  wake();
  auto* self = std::get_if<leader>(&role_);
  if (self == nullptr || !is_ready()) {
    answer(input.id, status::node_is_not_leader);
    return;
  }
  if (transfer_ || self->transferee) {
    answer(input.id, status::active_proposal);
    return;
  }
  auto target = input.target ? input.target : most_complete_voter(*self);
  if (target == options_.self || !group().is_voter(target)) {
    answer(input.id, target == options_.self ? status::success : status::member_not_found);
    return;
  }
  self->transferee = target;
  self->handed_over = false;
  transfer_ = waiting_transfer{input.id, target, now_ + options_.election_timeout_max};
  replicate_pending_ = true;
  hand_over_if_caught_up(*self);
}

void raft_core::step(const step_down_input& input) {
  wake();
  auto leads = is_leader();
  if (leads)
    become_follower(state_.current_term, node_id{});
  answer(input.id, leads ? status::success : status::node_is_not_leader);
}

// -- output -------------------------------------------------------------------------------------------------------

raft_output raft_core::take_output(bool hold_entries) {
  begin_proof();
  std::vector<entry> held_entries;
  auto holds_no_configuration = configurations_.index() <= taken_; // one holds already, so it must not wait
  auto is_urgent = out_.state || out_.install || out_.truncate_from || !holds_no_configuration;
  if (hold_entries && !is_urgent && !out_.append.empty()) {
    held_entries.swap(out_.append);
  } else {
    if (replicate_pending_ && is_leader())
      replicate();
    replicate_pending_ = false;
  }
  collect_apply();
  log_.evict(std::min(durable_, commit_));
  if (is_asleep())
    log_.evict(std::min(durable_, applied_), 0); // what many thousand sleeping groups keep would be too much
  out_.commit = commit_;
  number_write();
  auto reportable_now = reportable();
  out_.role_changed = reportable_now.role != reported_.role || reportable_now.term != reported_.term;
  out_.leader_changed = reportable_now != reported_;
  reported_ = reportable_now;
  auto result = std::exchange(out_, raft_output{});
  out_.append = std::move(held_entries);
  return result;
}

void raft_core::number_write() {
  if (!out_.state && !out_.install && !out_.truncate_from && out_.append.empty())
    return;
  out_.write = ++last_write_;
  taken_ = log_.last();
  writes_.push_back({last_write_, taken_});
}

bool raft_core::has_output() const noexcept {
  auto has_effects = out_.state || out_.install || out_.truncate_from || !out_.append.empty() || !out_.messages.empty()
                     || !out_.apply.empty() || !out_.reads.empty() || !out_.replies.empty()
                     || !out_.snapshot_closed.empty() || !out_.snapshot_reads.empty() || !out_.snapshot_writes.empty()
                     || out_.compact.index;
  auto may_apply = !has_failed() && apply_sent_ == applied_ && apply_sent_ < commit_ && !apply_reading_
                   && !apply_read_failed_ && !receiver_.is_importing();
  return has_effects || may_apply || replicate_pending_ || wants_proof() || reportable() != reported_;
}

raft_core::reported_state raft_core::reportable() const noexcept {
  return {role_.index(), state_.current_term, leader_id(), is_ready()};
}

// -- failure ------------------------------------------------------------------------------------------------------

void raft_core::fail(std::string reason) {
  if (has_failed())
    return;
  role_ = failed{std::move(reason)};
  answer_all(status::storage_failed, log_index{});
  for (const auto& x : reads_.take_all())
    answer(x.id, status::storage_failed);
  held_.clear();
  out_.state.reset();
  out_.install.reset();
  out_.snapshot_reads.clear();
  out_.snapshot_writes.clear();
  out_.compact = log_position{};
  out_.truncate_from = log_index{};
  out_.append.clear();
  out_.messages.clear();
  settle_transfer();
  answer_change(status::storage_failed);
}

bool raft_core::expect(bool condition, const char* what) {
  if (!condition)
    fail(std::string{"broken invariant: "} + what); // design rule 11: it stops this partition, not the process
  return condition;
}

// -- writes and what waits for them ---------------------------------------------------------------------------------

void raft_core::save_state(raft_term term, node_id vote) {
  state_ = {term, vote, state_.lost};
  out_.state = state_;
  state_write_ = next_write();
}

write_sequence raft_core::next_write() const noexcept {
  return last_write_ + 1;
}

bool raft_core::state_is_durable() const noexcept {
  return durable_write_ >= state_write_;
}

void raft_core::send(node_id to, raft_term term, raft_message_body body) {
  raft_message message{options_.partition, options_.self, to, term, std::move(body)};
  const auto* request = std::get_if<vote_request>(&message.body);
  const auto* reply = std::get_if<vote_reply>(&message.body);
  auto is_pre_vote = (request != nullptr && request->pre_vote) || (reply != nullptr && reply->pre_vote);
  // Design rule 1: whatever speaks for a term or a vote waits until both are durable.
  if (is_pre_vote || state_is_durable())
    out_.messages.push_back(std::move(message));
  else
    held_.push_back({state_write_, std::move(message)});
}

void raft_core::send(node_id to, raft_message_body body) {
  send(to, state_.current_term, std::move(body));
}

void raft_core::release_held() {
  while (!held_.empty() && held_.front().after <= durable_write_) {
    // What was said for an older term is of no use to anybody now.
    if (held_.front().message.term == state_.current_term)
      out_.messages.push_back(std::move(held_.front().message));
    held_.pop_front();
  }
}

void raft_core::append_entry(entry x) {
  if (x.kind == entry_kind::config && !expect(configurations_.append(x), "a configuration cannot be read"))
    return;
  if (is_leader()) {
    uncommitted_bytes_ += x.weight();
    replicate_pending_ = true;
  }
  out_.append.push_back(x);
  log_.append(std::move(x));
}

void raft_core::cut_log(log_index from) {
  if (!expect(from > commit_, "a committed entry would be removed"))
    return;
  log_.truncate_from(from);
  configurations_.truncate_from(from);
  std::erase_if(out_.append, [from](const entry& x) { return x.index >= from; });
  if (from <= taken_) {
    out_.truncate_from = out_.truncate_from ? std::min(out_.truncate_from, from) : from;
    taken_ = from - 1;
  }
  durable_ = std::min(durable_, from - 1);
  for (auto& write : writes_)
    write.last = std::min(write.last, from - 1);
}

// -- committing and applying --------------------------------------------------------------------------------------

void raft_core::advance_commit(log_index index) {
  if (index <= commit_ || !expect(index <= log_.last(), "an entry would be committed that is not in the log"))
    return;
  if (const auto* self = std::get_if<leader>(&role_)) {
    for (auto i = std::max(commit_ + 1, self->first_of_term); i <= index; ++i) {
      const auto* x = log_.find(i);
      auto weight = x != nullptr ? x->weight() : 0;
      uncommitted_bytes_ -= std::min(uncommitted_bytes_, weight);
    }
  }
  commit_ = index;
}

void raft_core::collect_apply() {
  if (has_failed() || apply_sent_ != applied_ || apply_sent_ >= commit_ || apply_reading_ || apply_read_failed_
      || receiver_.is_importing())
    return;
  auto entries = log_.slice(apply_sent_ + 1, commit_, options_.apply_bytes_max);
  if (!entries.empty()) {
    emit_apply(std::move(entries));
    return;
  }
  apply_reading_ = true;
  auto last = std::min(commit_, log_.first_in_memory() - 1);
  out_.reads.push_back({node_id{}, apply_sent_ + 1, last, options_.apply_bytes_max});
}

void raft_core::emit_apply(std::vector<entry> entries) {
  if (apply_sent_ != applied_ || entries.front().index != apply_sent_ + 1 || receiver_.is_importing())
    return;
  for (const auto& x : entries) {
    auto known = x.index == apply_sent_ + 1 && x.index <= commit_ && log_.matches({x.index, x.term});
    if (!expect(known, "an entry read from the log is not the one that was committed"))
      return;
    apply_sent_ = x.index;
  }
  out_.apply = std::move(entries);
}

// -- callers ------------------------------------------------------------------------------------------------------

void raft_core::answer(proposal_id id, status code) {
  out_.replies.push_back({id, code, log_index{}, hlc_timestamp{}});
}

void raft_core::answer_applied() {
  while (!proposals_.empty() && proposals_.front().last <= applied_) {
    const auto& x = proposals_.front();
    // Design rule 7: success is for the entry that was proposed, by index and term.
    auto code = log_.term_at(x.last) == x.term ? status::success : status::replication_failed;
    out_.replies.push_back({x.id, code, x.last, x.ticket});
    proposals_.pop_front();
  }
}

void raft_core::answer_timeouts() {
  while (!proposals_.empty() && proposals_.front().deadline <= now_) {
    const auto& x = proposals_.front();
    out_.replies.push_back({x.id, status::proposal_timeout, x.last, x.ticket});
    proposals_.pop_front();
  }
  if (change_ && change_->deadline <= now_)
    answer_change(status::proposal_timeout);
  for (const auto& x : reads_.take_expired(now_))
    answer(x.id, status::proposal_timeout);
  if (transfer_ && transfer_->deadline <= now_) {
    answer(transfer_->id, status::proposal_timeout);
    transfer_.reset();
    if (auto* self = std::get_if<leader>(&role_))
      self->transferee = node_id{};
  }
}

void raft_core::answer_all(status code, log_index above) {
  while (!proposals_.empty() && proposals_.back().last > above) {
    const auto& x = proposals_.back();
    out_.replies.push_back({x.id, code, x.last, x.ticket});
    proposals_.pop_back();
  }
}

void raft_core::settle_transfer() {
  if (!transfer_ || (!has_failed() && (is_leader() || !leader_id())))
    return;
  answer(transfer_->id, leader_id() == transfer_->target ? status::success : status::replication_failed);
  transfer_.reset();
}

// -- observers ----------------------------------------------------------------------------------------------------

const role_state& raft_core::role() const noexcept {
  return role_;
}

raft_term raft_core::current_term() const noexcept {
  return state_.current_term;
}

node_id raft_core::voted_for() const noexcept {
  return state_.voted_for;
}

node_id raft_core::leader_id() const noexcept {
  if (is_leader())
    return options_.self;
  const auto* self = std::get_if<follower>(&role_);
  return self != nullptr ? self->leader : node_id{};
}

bool raft_core::is_leader() const noexcept {
  return std::holds_alternative<leader>(role_);
}

bool raft_core::is_ready() const noexcept {
  const auto* self = std::get_if<leader>(&role_);
  return self != nullptr && applied_ >= self->first_of_term;
}

bool raft_core::has_failed() const noexcept {
  return std::holds_alternative<failed>(role_);
}

log_index raft_core::commit_index() const noexcept {
  return commit_;
}

log_index raft_core::applied_index() const noexcept {
  return applied_;
}

log_index raft_core::durable_index() const noexcept {
  return durable_;
}

const raft_log& raft_core::log() const noexcept {
  return log_;
}

const raft_core_options& raft_core::options() const noexcept {
  return options_;
}

std::size_t raft_core::waiting_proposals() const noexcept {
  return proposals_.size();
}

std::size_t raft_core::uncommitted_bytes() const noexcept {
  return uncommitted_bytes_;
}

bool raft_core::awaits_apply() const noexcept {
  return is_leader() && applied_ < taken_;
}

std::size_t raft_core::waiting_reads() const noexcept {
  return reads_.size();
}

std::uint64_t raft_core::strangers_ignored() const noexcept {
  return strangers_ignored_;
}

} // namespace kommander
