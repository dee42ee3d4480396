// Who belongs to this partition's group: told, and changed, for whoever leads partition 0.
#include <algorithm>
#include <utility>

#include "actors/partition/actor/partition_impl.hpp"

namespace kommander {

namespace {

/// Whoever lacks more than this would have the others wait while it takes over.
constexpr std::uint64_t handover_lag_max = 100;

} // namespace

caf::result<group_report> partition_impl::on_group(const group_request& x) {
  stepped(0);
  if (stopping_)
    return group_refusal(status::stopping, "this node is stopping");
  if (!failure_.empty())
    return group_refusal(status::errored, failure_);
  if (!core_.is_ready())
    return group_refusal(status::node_is_not_leader, explain(status::node_is_not_leader, partition_));
  if (auto old = x.has_goal ? goals_.take(x, parts_.links->map().get()) : std::string{}; !old.empty())
    return group_refusal(status::stale_membership, std::move(old));
  auto now_settled = describe_group(status::success);
  auto reached = now_settled.settled && now_settled.voters == x.voters && now_settled.learners == x.learners;
  if (!x.has_goal || reached)
    return now_settled;
  auto promise = make_response_promise<group_promise>();
  log_->info("partition {}: its group is to have {} voters and {} learners", partition_.value(), x.voters.size(),
             x.learners.size());
  step(change_configuration_input{callers_.add(promise), x.voters, x.learners});
  stepped();
  return promise;
}

/// While leadership is handed over the partition takes no proposals, so only to somebody who is there and nearly ready.
std::optional<control_result> partition_impl::refuse_handover(const handover_request& x) const {
  auto refused = [this](status code, std::string reason) {
    return control_result{code, {}, leader_info().id, "partition " + to_string(partition_) + ": " + std::move(reason)};
  };
  if (stopping_)
    return refused(status::stopping, "this node is stopping");
  if (!failure_.empty())
    return refused(status::errored, failure_);
  const auto* self = std::get_if<leader>(&core_.role());
  if (self == nullptr || !core_.is_ready())
    return refused(status::node_is_not_leader, "this node does not lead it, or is not ready to");
  if (x.target == parts_.options.self)
    return control_result{status::success, {}, x.target, {}};
  auto group = describe_group(status::success);
  auto changes = !group.settled || pending_ || range_export_ || delivery_.state().owner().fence();
  if (changes)
    return refused(status::active_proposal, "its group or its content is being changed");
  if (!std::ranges::binary_search(group.voters, x.target))
    return refused(status::member_not_found, "node " + to_string(x.target) + " does not vote in it");
  auto peer = std::ranges::lower_bound(group.peers, x.target, {}, &group_peer::node);
  auto is_known = peer != group.peers.end() && peer->node == x.target && peer->known;
  if (!is_known || peer->lag > handover_lag_max || parts_.sleep->suspects(x.target))
    return refused(status::errored, "node " + to_string(x.target) + " is not known to have nearly all of it");
  return std::nullopt;
}

caf::result<control_result> partition_impl::on_handover(const handover_request& x) {
  if (auto refused = refuse_handover(x)) {
    stepped(0);
    return std::move(*refused);
  }
  log_->info("partition {}: node {} is to lead it, so that all nodes lead about as much", partition_.value(),
             x.target.value());
  auto promise = make_response_promise<control_promise>();
  step(transfer_input{callers_.add(adviser{promise}), x.target});
  stepped();
  return promise;
}

group_report partition_impl::describe_group(status code) const {
  group_report result;
  result.code = code;
  result.leader = leader_info().id;
  result.reason = explain(code, partition_);
  const auto& group = core_.configurations().current();
  result.settled = !group.is_joint() && core_.configurations().index() <= core_.commit_index();
  result.voters = group.voters;
  result.learners = group.learners;
  // What has come since is on its way to everybody: under load nobody ever has it.
  auto end = std::min(last_at_tick_before_, core_.log().last());
  if (const auto* self = std::get_if<leader>(&core_.role()))
    for (const auto& [id, peer] : self->peers)
      result.peers.push_back({id, distance(peer.match(), end), self->hears(peer)});
  return result;
}

group_report partition_impl::group_refusal(status code, std::string reason) const {
  group_report result;
  result.code = code;
  result.leader = leader_info().id;
  result.reason = std::move(reason);
  return result;
}

} // namespace kommander
