// What is put into a partition's log for its callers, and what is refused before.
#include <algorithm>
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

constexpr std::size_t type_bytes_max = 255;

/// So many tickets are rolled back at once when their time has come.
constexpr std::size_t expired_tickets_max = 128;

std::size_t weight_of(const std::string& type, const bytes& payload) {
  return entry{{}, {}, {}, entry_kind::command, {}, payload}.weight() + type.size();
}

} // namespace

// -- what requests count for in the node's budget -----------------------------------------------------------------------

load cost_of(const propose& x) noexcept {
  load cost{x.payloads.size(), 0};
  for (const auto& payload : x.payloads)
    cost.bytes += weight_of(x.type, payload);
  return cost;
}

load cost_of(const propose_batch& x) noexcept {
  load cost{x.entries.size(), 0};
  for (const auto& y : x.entries)
    cost.bytes += weight_of(y.type, y.payload);
  return cost;
}

// -- requests -----------------------------------------------------------------------------------------------------

caf::result<propose_result> partition_impl::on_propose(propose& x) {
  auto promise = make_response_promise<proposer>();
  submit(x, promise);
  stepped();
  return promise;
}

caf::result<propose_batch_result> partition_impl::on_batch(propose_batch& x) {
  auto batch = std::make_shared<batch_collector>(make_response_promise<batch_promise>(), x.entries.size());
  auto promise = batch->promise;
  if (x.client && x.entries.size() > session_table::results_max) {
    auto refused =
      refusal(status::invalid_argument, std::to_string(x.entries.size()) + " entries of one client; at most "
                                          + std::to_string(session_table::results_max) + " are remembered");
    parts_.proposals->give_back(cost_of(x));
    promise.deliver(propose_batch_result{{x.entries.size(), std::move(refused)}});
    stepped(0);
    return promise;
  }
  for (std::size_t i = 0; i < x.entries.size(); ++i) {
    auto& from = x.entries[i];
    propose one{x.partition, std::move(from.type), std::move(from.payload)};
    one.auto_commit = from.auto_commit;
    one.expected_generation = from.expected_generation;
    one.place = from.place;
    one.client = x.client;
    one.sequence = x.sequence == 0 ? 0 : x.sequence + i;
    one.decide_within = from.auto_commit ? std::chrono::milliseconds{0} : x.decide_within;
    submit(one, batch_slot{batch, i});
  }
  if (x.entries.empty())
    promise.deliver(propose_batch_result{});
  stepped();
  return promise;
}

/// Steps a proposal into the core, or answers at once.
void partition_impl::submit(propose& x, caller to) {
  auto cost = cost_of(x);
  if (auto early = answer_early(x)) {
    doubt_leader();
    parts_.proposals->give_back(cost);
    deliver_to(to, std::move(*early));
    return;
  }
  auto ticket = ticket_clock().issue(wall_milliseconds());
  auto decide_within = static_cast<std::uint64_t>(x.decide_within.count());
  auto decide_before = decide_within == 0 ? 0 : ticket.milliseconds() + decide_within;
  propose_input input;
  input.entries.reserve(x.payloads.size());
  for (std::size_t i = 0; i < x.payloads.size(); ++i) {
    auto last = i + 1 == x.payloads.size();
    auto kind = x.auto_commit ? entry_kind::command : entry_kind::prepared;
    auto payload = x.auto_commit ? std::move(x.payloads[i]) : prepare(decide_before, x.payloads[i], x.place);
    input.entries.push_back(
      {ticket, kind, last ? std::move(x.type) : x.type, std::move(payload), {x.client, x.sequence}});
  }
  step_proposal(std::move(input), std::move(to), cost);
}

proposal_id partition_impl::step_proposal(propose_input input, caller to, load cost) {
  std::size_t weight = 0;
  for (const auto& x : input.entries)
    weight += x.payload.size() + 1;
  auto id = callers_.add(std::move(to));
  input.id = id;
  charges_.add(id, {cost, now()});
  gathering_.proposed(weight);
  step(std::move(input));
  return id;
}

caf::result<propose_result> partition_impl::on_decision(const hlc_timestamp& ticket, verdict what) {
  if (auto early = answer_decision_early(ticket, what))
    return not_proposed(std::move(*early));
  // Whatever is known here: the log has the last word.
  const auto* open = delivery_.state().tickets().find_undecided(ticket);
  auto parts = open != nullptr && what == verdict::commit ? open->entries.size() : 1;
  auto time = ticket_clock().issue(wall_milliseconds());
  propose_input input;
  for (std::uint64_t i = 0; i < parts; ++i)
    input.entries.push_back({time, entry_kind::decision, {}, encode(ticket_decision{ticket, what, i, parts})});
  auto promise = make_response_promise<proposer>();
  step_proposal(std::move(input), promise, small_request);
  stepped();
  return promise;
}

caf::result<propose_result> partition_impl::on_checkpoint() {
  if (auto refused = refuse_now())
    return not_proposed(std::move(*refused));
  if (core_.commit_index() < core_.log().last())
    return not_proposed(
      refusal(status::active_proposal, "earlier proposals of partition " + to_string(partition_)
                                         + " are not committed yet: a checkpoint would stand for them"));
  propose_input input;
  input.entries.push_back({ticket_clock().issue(wall_milliseconds()), entry_kind::checkpoint, {}, {}});
  auto promise = make_response_promise<proposer>();
  step_proposal(std::move(input), promise, small_request);
  stepped();
  return promise;
}

/// The answer to a decision or checkpoint that was charged and comes to nothing.
propose_result partition_impl::not_proposed(propose_result x) {
  doubt_leader();
  parts_.proposals->give_back(small_request);
  stepped(0);
  return x;
}

/// The leader rolls back what should have been decided by now.
void partition_impl::expire_tickets() {
  if (!core_.is_ready() || expiring_)
    return;
  auto wall = wall_milliseconds();
  propose_input input;
  for (const auto& [ticket, x] : delivery_.state().tickets().open()) {
    if (x.decide_before == 0 || x.decide_before > wall || input.entries.size() == expired_tickets_max
        || owner().is_fenced(x.place))
      continue;
    input.entries.push_back({{}, entry_kind::decision, {}, encode(ticket_decision{ticket, verdict::rollback})});
  }
  if (input.entries.empty())
    return;
  auto time = ticket_clock().issue(wall);
  for (auto& x : input.entries)
    x.time = time;
  log_->info("partition {}: {} manual proposals were not decided in time and are rolled back", partition_.value(),
             input.entries.size());
  expiring_ = true;
  step_proposal(std::move(input), ticket_expiry{}, load{});
}

pending_tickets partition_impl::list_tickets() const {
  pending_tickets result;
  result.code = works() ? status::success : stopping_ ? status::stopping : status::errored;
  for (const auto& [ticket, x] : delivery_.state().tickets().open()) {
    std::uint64_t sum = 0;
    for (const auto& y : x.entries)
      sum += y.payload.size();
    result.tickets.push_back({ticket, x.index, x.entries.size(), sum, x.decide_before});
  }
  return result;
}

// -- refusals -------------------------------------------------------------------------------------------------------

/// What can be said of a proposal before the core sees it: what is wrong with it (nothing was appended then), or how it
/// was answered before.
std::optional<propose_result> partition_impl::answer_early(const propose& x) const {
  if (auto refused = refuse_content(x))
    return refused;
  if (auto refused = refuse_now())
    return refused;
  if (auto moved = owner().refusal(x.place, x.expected_generation))
    return refusal(status::partition_moved, "partition " + to_string(partition_) + ": " + *moved);
  if (x.client) {
    auto known = delivery_.state().sessions().look_up({x.client, x.sequence}, delivery_.state().milliseconds());
    if (known.what == session_table::knowledge::done && is_applied(known.first.index))
      return propose_result{status::success, known.first.ticket, known.first.index, leader_info(), {}};
  }
  return x.auto_commit ? std::nullopt : refuse_undecided();
}

std::optional<propose_result> partition_impl::answer_decision_early(const hlc_timestamp& ticket, verdict what) const {
  if (auto refused = refuse_now())
    return refused;
  if (ticket.time == 0)
    return refusal(status::invalid_argument, "a ticket of zero is none");
  const auto* known = delivery_.state().tickets().find_decided(ticket);
  if (known != nullptr && known->what == what && is_applied(known->index))
    return propose_result{status::success, ticket, known->index, leader_info(), {}};
  // The log has the last word, also on tickets that move; but what can be told at once is.
  const auto* open = delivery_.state().tickets().find_undecided(ticket);
  if (!owner().serves() || (open != nullptr && owner().is_fenced(open->place)))
    return refusal(status::partition_moved, "partition " + to_string(partition_) + ": proposal " + to_string(ticket)
                                              + " is on its way from one partition to another");
  return std::nullopt;
}

/// True if the state machine has answered for the entry. What it has only been given is no success yet: a repetition of
/// that goes through the log, behind it.
bool partition_impl::is_applied(log_index index) const noexcept {
  return std::max(index, delivery_.state().taken_over_at()) <= delivery_.handled();
}

/// What is wrong with a proposal whoever gets it.
std::optional<propose_result> partition_impl::refuse_content(const propose& x) const {
  auto wrong = [this](std::string reason) { return refusal(status::invalid_argument, std::move(reason)); };
  if (x.payloads.empty())
    return wrong("a proposal needs at least one payload");
  if (x.type.size() > type_bytes_max)
    return wrong("the type has " + std::to_string(x.type.size()) + " bytes; at most 255 are allowed");
  if (static_cast<bool>(x.client) != (x.sequence != 0))
    return wrong("client is " + to_string(x.client) + " and sequence " + std::to_string(x.sequence)
                 + ": both are given, from 1, or none");
  if (x.place != any_place && x.place > place_max)
    return wrong("place is " + std::to_string(x.place) + "; places go up to " + std::to_string(place_max));
  if (x.decide_within < std::chrono::milliseconds{0} || (x.auto_commit && x.decide_within.count() != 0))
    return wrong("decide_within is " + std::to_string(x.decide_within.count())
                 + " ms: it is for proposals without auto_commit, and not negative");
  return refuse_payloads(x);
}

/// Why no proposal can be taken at present.
std::optional<propose_result> partition_impl::refuse_now() const {
  if (stopping_)
    return refusal(status::stopping, "this node is stopping");
  if (!failure_.empty())
    return refusal(status::errored, failure_);
  if (!restored())
    return refusal(status::restore_in_progress,
                   "partition " + to_string(partition_) + " still delivers what was committed before the start");
  if (!core_.is_leader())
    return refusal(status::node_is_not_leader, explain(status::node_is_not_leader, partition_));
  return std::nullopt;
}

std::optional<propose_result> partition_impl::refuse_payloads(const propose& x) const {
  std::size_t sum = 0;
  for (const auto& payload : x.payloads) {
    if (payload.empty())
      return refusal(status::invalid_argument, "an empty payload cannot be proposed");
    if (payload.size() > parts_.payload_bytes_max)
      return refusal(status::payload_too_large, "a payload of " + std::to_string(payload.size())
                                                  + " bytes; payload_bytes_max is "
                                                  + std::to_string(parts_.payload_bytes_max));
    sum += weight_of(x.type, payload);
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

/// What waits for a decision is kept in memory by every replica.
std::optional<propose_result> partition_impl::refuse_undecided() const {
  const auto& tickets = delivery_.state().tickets();
  if (tickets.open().size() >= parts_.undecided_proposals_max)
    return refusal(status::proposal_queue_full, std::to_string(tickets.open().size())
                                                  + " manual proposals of partition " + to_string(partition_)
                                                  + " wait for a decision; undecided_proposals_max is "
                                                  + std::to_string(parts_.undecided_proposals_max));
  if (tickets.open_bytes() >= parts_.undecided_bytes_max)
    return refusal(status::proposal_queue_full,
                   "manual proposals of partition " + to_string(partition_) + " that wait for a decision count for "
                     + std::to_string(tickets.open_bytes()) + " bytes; undecided_bytes_max is "
                     + std::to_string(parts_.undecided_bytes_max));
  return std::nullopt;
}

propose_result partition_impl::refusal(status code, std::string reason) const {
  return {code, {}, {}, leader_info(), std::move(reason)};
}

} // namespace kommander
