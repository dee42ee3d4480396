// What callers ask of a partition, and what it says of itself.
#include <utility>
#include <variant>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

constexpr std::size_t type_bytes_max = 255;

} // namespace

// -- requests -----------------------------------------------------------------------------------------------------
caf::result<propose_result> partition_impl::on_propose(propose& x) {
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
    input.entries.push_back({ticket, entry_kind::command, last ? std::move(x.type) : x.type, std::move(x.payloads[i])});
  }
  auto promise = make_response_promise<proposer>();
  input.id = callers_.add(promise);
  gathering_.proposed(weight);
  core_.step(std::move(input));
  stepped();
  return promise;
}

std::optional<propose_result> partition_impl::refuse(const propose& x) const {
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

propose_result partition_impl::refusal(status code, std::string reason) const {
  return {code, {}, {}, leader_info(), std::move(reason)};
}

caf::result<read_result> partition_impl::on_read_barrier(const read_barrier& x) {
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

partition_status partition_impl::describe() const {
  partition_status result;
  result.partition = partition_;
  result.role = failure_.empty() ? static_cast<raft_role>(core_.role().index()) : raft_role::failed;
  result.term = core_.current_term();
  result.leader = leader_info();
  result.first = core_.log().first();
  result.kept = compaction_.kept();
  result.checkpoint = compaction_.checkpoint();
  result.holds = compaction_.holds();
  result.last = core_.log().last();
  result.commit = core_.commit_index();
  result.applied = core_.applied_index();
  result.waiting_proposals = core_.waiting_proposals();
  result.ready = works() && core_.is_ready();
  result.fenced = core_.is_fenced();
  result.failure = failure_;
  if (const auto* x = std::get_if<leader>(&core_.role()))
    for (const auto& [peer, state] : x->peers) {
      auto& y = result.peers.emplace_back();
      y.peer = peer;
      y.match = state.match();
      y.next = state.next();
      y.recently_active = state.recently_active;
      describe_snapshot(peer, y);
    }
  return result;
}

node_info partition_impl::leader_info() const {
  auto id = failure_.empty() ? core_.leader_id() : node_id{};
  for (const auto& x : parts_.members)
    if (x.id == id)
      return x;
  return {};
}

} // namespace kommander
