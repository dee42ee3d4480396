// What a cluster is beside its cores when partitions come, split, merge and go.
#include <algorithm>

#include "tests/sim/cluster.hpp"

namespace kommander::sim {

cluster_view sim_cluster::view() {
  cluster_view result;
  result.some_map = [this] { return nodes_[random_.below(nodes_.size())]->elastic()->map(); };
  result.leader = [this](partition_id x) { return believed_leader(x); };
  result.holder = [this](key_id x) { return holder(x); };
  result.send = [this](node_id to, const elastic_request& x) { nodes_[to.value() - 1]->request(x); };
  return result;
}

node_id sim_cluster::believed_leader(partition_id partition) {
  auto start = random_.below(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto& node = nodes_[(start + i) % nodes_.size()];
    const auto* core = node->core(partition);
    if (core != nullptr && core->is_leader() && (!healed_ || survives(node->id())))
      return node->id();
  }
  return {};
}

/// A key that is not routed is where a ready leader has it and serves.
std::optional<key_holder> sim_cluster::holder(key_id key) const {
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    partition_id partition{p};
    const auto* leader = ready_leader(partition);
    if (leader == nullptr)
      continue;
    const auto& replica = nodes_[leader->options().self.value() - 1]->elastic()->replica(partition);
    const auto& owner = replica.state().owner();
    const auto& machine = replica.machine();
    // What an operation brings is in the machine before the partition owns it.
    if (replica.rests() && machine.find(key) != nullptr && owner.serves()
        && elastic_facts_.is_over(partition, machine.came_with(key)))
      return key_holder{partition, partition ? owner.current() : generation{}};
  }
  return std::nullopt;
}

bool sim_cluster::is_kept(partition_id partition) const {
  if (!settings_.elastic || !partition)
    return true;
  const auto* found = elastic_facts_.map()->find(partition);
  return found != nullptr && found->state != partition_state::removed;
}

partition_id sim_cluster::any_partition() {
  if (!settings_.elastic)
    return partition_id{random_.between(1, settings_.partitions)};
  std::vector<partition_id> kept{partition_id{0}};
  for (const auto& x : elastic_facts_.map()->partitions)
    if (x.state != partition_state::removed)
      kept.push_back(x.id);
  return kept[random_.below(kept.size())];
}

/// True if no operation goes on, and all who survive know the newest map and run just its partitions.
bool sim_cluster::operations_rest() const {
  const auto& newest = *elastic_facts_.map();
  auto goes_on = [](const operation_info& x) { return !is_over(x.phase); };
  if (!newest.version || std::any_of(newest.operations.begin(), newest.operations.end(), goes_on))
    return false;
  if (settings_.rosters && !unrest().empty())
    return false;
  auto rests = [&](const auto& x) {
    auto is_member = !settings_.rosters || (!a_fence_waits() && newest.roster.find(x->id()) != nullptr);
    return !survives(x->id()) || !is_member || x->elastic()->rests(newest);
  };
  if (!std::all_of(nodes_.begin(), nodes_.end(), rests))
    return false;
  elastic_facts_.check_rest();
  return true;
}

} // namespace kommander::sim
