// Who belongs to a replica's group: told, and changed, as actors/partition/actor/members.cpp does it.
#include "tests/sim/elastic/replica.hpp"

namespace kommander::sim {

namespace {

group_report refusal(status code, node_id leads) {
  group_report x;
  x.code = code;
  x.leader = leads;
  return x;
}

} // namespace

void elastic_replica::group(const group_request& x, const partition_map* map, const group_callback& done) {
  auto leads = core().leader_id();
  if (!core().is_ready())
    return done(refusal(status::node_is_not_leader, leads));
  if (x.has_goal && !goals_.take(x, map).empty())
    return done(refusal(status::stale_membership, leads));
  auto now = describe_group(status::success);
  auto reached = now.settled && now.voters == x.voters && now.learners == x.learners;
  if (!x.has_goal || reached)
    return done(now);
  auto id = owner_.change_group(partition_, x);
  callers_.emplace(id, [=, this](const core_reply& y) {
    done(delivery_ ? describe_group(y.code) : refusal(status::storage_failed, {}));
  });
}

group_report elastic_replica::describe_group(status code) const {
  auto result = refusal(code, core().leader_id());
  const auto& group = core().configurations().current();
  result.settled = !group.is_joint() && core().configurations().index() <= core().commit_index();
  result.voters = group.voters;
  result.learners = group.learners;
  auto end = std::min(last_at_tick_before_, core().log().last());
  if (const auto* self = std::get_if<leader>(&core().role()))
    for (const auto& [id, peer] : self->peers)
      result.peers.push_back({id, distance(peer.match(), end), self->hears(peer)});
  return result;
}

} // namespace kommander::sim
