// Who is believed to be dead: partitions that sleep and rely on such a node are woken, and no others.
#include "actors/coordinator/roster_encoding.hpp"
#include "actors/raft/actor/node_impl.hpp"

namespace kommander {

void node_impl::on_liveness(const liveness_changed& x) {
  if (phase_ != node_phase::running || !x.view)
    return;
  liveness_ = x.view;
  send(coordinator_, x);
  for (auto peer : sleep_->believe(x.view)) {
    log_->info("node {} is suspected of being dead, or has started anew", peer.value());
    wake_partitions_of(peer);
  }
}

void node_impl::tell_roster() {
  swim_members members;
  for (const auto& x : roster_.members)
    members.members.push_back(x.id);
  send(swim_, std::move(members));
  std::string content;
  byte_writer out{content};
  put(out, roster_);
  send(swim_, swim_roster{roster_.version.value(), bytes{std::move(content)}});
}

void node_impl::on_roster_heard(const roster_heard& x) {
  byte_reader in{x.content};
  auto roster = get_roster(in);
  if (phase_ != node_phase::running || !in.complete() || roster.version <= roster_.version)
    return;
  heed_first_time(roster);
  host();
  for (const auto& each : roster.members) {
    auto found = links_.find(each.id);
    if (each.id == parts_.self.id)
      continue;
    if (found == links_.end())
      open_link({each.id, each.address}, false, false);
    else if (found->second.address != each.address)
      send(found->second.link, link_retarget{found->second.address = each.address});
  }
  publish_links();
}

void node_impl::wake_partitions_of(node_id peer) {
  for (const auto& [id, x] : partitions_)
    if (const auto* known = leadership_.find(id); known != nullptr && relies_on(*known, peer) && !sleep_->is_awake(id))
      send(x.actor, peer_suspected{peer});
}

/// What a partition told before it fell asleep may come only now.
void node_impl::wake_under_suspicion(partition_id partition, const leadership& what) {
  auto found = partitions_.find(partition);
  if (found == partitions_.end() || sleep_->is_awake(partition))
    return;
  for (const auto& [id, x] : links_)
    if (relies_on(what, id) && sleep_->suspects(id))
      send(found->second.actor, peer_suspected{id});
}

/// A leader relies on all members: which of them are its own, its partition knows.
bool node_impl::relies_on(const leadership& what, node_id peer) const noexcept {
  return what.leader == peer || (what.leader == parts_.self.id && peer != parts_.self.id);
}

} // namespace kommander
