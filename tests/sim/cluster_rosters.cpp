// What a cluster is beside its cores when members come and go and replicas move.
#include <algorithm>

#include "actors/coordinator/placement_steps.hpp"
#include "tests/sim/cluster.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t fences_end_after = 20; ///< Longest election time-outs.

} // namespace

void sim_cluster::watch_rosters() {
  if (!settings_.elastic)
    return;
  elastic_facts_.watch(
    [this](const partition_map& before, const partition_map& next) { roster_facts_.follow(before, next); });
  checker_.watch([this](partition_id partition, const group_configuration&, const group_configuration& made) {
    roster_facts_.configured(partition, made);
  });
}

// -- faults ---------------------------------------------------------------------------------------------------------

/// A node comes, leaves, or is away for so long that it may be evicted.
void sim_cluster::change_rosters() {
  if (!settings_.rosters)
    return;
  for (const auto& x : nodes_)
    if (x->elastic()->has_left()) {
      x->crash(tick_);
      x->hold(); // with this disk it may not come back
    }
  if (!random_.chance(settings_.roster_changes))
    return;
  dose_.hit(fault::membership);
  auto& node = *nodes_[random_.below(nodes_.size())];
  auto what = random_.below(4);
  if (what < 2)
    node.call(tick_);
  else if (what == 2 && random_.chance(0.5))
    node.elastic()->leave();
  else if (random_.chance(0.5))
    node.crash(tick_ + random_.between(settings_.away_max / 2, settings_.away_max));
}

// -- the second phase -----------------------------------------------------------------------------------------------

/// All that have begun, where a group may yet come to need them; else one may be gone: it has to be evicted.
void sim_cluster::choose_survivors() {
  std::vector<std::uint64_t> spare;
  for (const auto& x : nodes_) {
    survives_[x->id().value()] = !x->is_held();
    if (!x->is_held() && can_do_without(x->id()))
      spare.push_back(x->id().value());
  }
  if (!spare.empty() && random_.chance(0.7))
    survives_[spare[random_.below(spare.size())]] = false;
  outsiders_talk_ = false;
  healed_at_ = tick_;
  begin_peace();
}

/// Whatever is about to happen, no group will have fewer than three voters.
bool sim_cluster::can_do_without(node_id id) const {
  const auto& map = *elastic_facts_.map();
  auto is_voter = [](const member_info& x) { return x.role == member_role::voter; };
  auto leader = ready_leader(partition_id{0});
  if (settings_.faults.none() || losses_.damaged_count() > 0 || map.roster.members.size() < 4 || leader == nullptr
      || !std::ranges::all_of(map.roster.members, is_voter)
      || leader->log().last() > checker_.history(partition_id{0}).committed())
    return false;
  for (std::uint64_t p = 0; p <= settings_.partitions; ++p)
    for (const auto& group : losses_.configurations(partition_id{p}))
      if (group.voters.size() < 3 || (group.is_joint() && group.old_voters.size() < 3))
        return false;
  auto wants_few = [&](const partition_info& x) {
    return x.state != partition_state::removed && x.where.factor != 0 && x.where.factor < 3;
  };
  return (map.replication_factor == 0 || map.replication_factor >= 3) && std::ranges::none_of(map.partitions, wants_few)
         && map.roster.find(id) != nullptr;
}

/// As `work_done`, where replicas go and come back: what each has reached at most.
std::uint64_t sim_cluster::progress() {
  auto count = settings_.partitions + 1;
  reached_.resize(count * (settings_.nodes + 1));
  std::uint64_t sum = 0;
  for (std::uint64_t p = 0; p < count; ++p)
    for (const auto& node : nodes_) {
      auto& x = reached_[node->id().value() * count + p];
      if (const auto* core = node->core(partition_id{p}); survives(node->id()) && core != nullptr)
        x = std::max(x, core->commit_index().value() + core->applied_index().value()
                          + std::min(core->durable_index(), checker_.history(partition_id{p}).committed()).value());
      sum += x;
    }
  return sum;
}

/// For people: the roster, and of each partition how it is placed and how its group is.
std::string sim_cluster::describe_rosters() const {
  const auto& map = *elastic_facts_.map();
  auto ids = [](const std::vector<node_id>& all) {
    std::string text;
    for (auto id : all)
      text += " " + to_string(id);
    return text;
  };
  auto text = "; replicas " + std::to_string(map.replication_factor) + ", roster:";
  for (const auto& x : map.roster.members)
    text += " " + to_string(x.id) + " " + std::string{to_string(x.role)} + (survives(x.id) ? "" : " gone");
  for (auto p = std::uint64_t{0}; p <= settings_.partitions; ++p) {
    partition_id id{p};
    const auto* known = map.find(id);
    if (p != 0 && (known == nullptr || known->state == partition_state::removed))
      continue;
    const auto& group = checker_.committed_group(id);
    const auto* leads = ready_leader(id);
    text += "; partition " + std::to_string(p);
    if (known != nullptr && known->where.is_placed())
      text += " " + std::string{to_string(known->where.phase)} + ids(known->where.replicas) + " (was"
              + ids(known->where.former) + ", wants " + std::to_string(known->where.factor) + ")";
    text += ": votes" + ids(group.voters) + (group.is_joint() ? " and" + ids(group.old_voters) : "") + ", learns"
            + ids(group.learners) + ", leads " + (leads != nullptr ? to_string(leads->options().self) : "nobody");
  }
  return text;
}

/// It cannot say that its disk has lost nothing, and waits for a former voter before it takes part, who does not come back, or
/// has lost its disk as well and is not told of the map any more.
bool sim_cluster::is_excused(node_id id, partition_id partition) const {
  auto is_mute = [this](node_id x) { return !survives(x) || !nodes_[x.value() - 1]->elastic()->map(); };
  auto waits_in_vain = [&](partition_id x) {
    const auto* core = nodes_[id.value() - 1]->core(x);
    return core != nullptr && std::ranges::any_of(core->fence_awaits(), is_mute);
  };
  auto does_not_run = nodes_[id.value() - 1]->core(partition) == nullptr;
  return settings_.rosters && (waits_in_vain(partition) || (does_not_run && waits_in_vain(partition_id{0})));
}

/// Long after the faults have stopped somebody is still behind a fence: neither members nor replicas that wait for it can come to
/// rest.
bool sim_cluster::a_fence_waits() const {
  if (tick_ < healed_at_ + fences_end_after * settings_.election_ticks())
    return false;
  auto waits = [this](const auto& x) {
    for (std::uint64_t p = 0; p <= settings_.partitions; ++p)
      if (survives(x->id()) && is_excused(x->id(), partition_id{p}) && is_kept(partition_id{p}))
        return true;
    return false;
  };
  return std::ranges::any_of(nodes_, waits);
}

/// Empty if the roster has only voters, and each group has those that it should have, or cannot get them.
std::string sim_cluster::unrest() const {
  const auto& map = *elastic_facts_.map();
  if (a_fence_waits())
    return {};
  for (const auto& x : map.roster.members)
    if (x.role != member_role::voter || !survives(x.id))
      return "node " + to_string(x.id) + " is a " + std::string{to_string(x.role)} + " of the roster"
             + (survives(x.id) ? "" : ", and gone");
  partition_info system;
  for (auto text = unrest_of(system); !text.empty();)
    return text;
  for (const auto& x : map.partitions)
    if (auto text = unrest_of(x); x.state != partition_state::removed && !text.empty())
      return text;
  return {};
}

std::string sim_cluster::unrest_of(const partition_info& x) const {
  const auto& map = *elastic_facts_.map();
  auto name = "partition " + to_string(x.id);
  auto voters = map.roster.in_role(member_role::voter);
  auto wanted = x.id ? replicas_wanted(map, x.where, voters.size()) : 0;
  if (x.where.phase != placement_phase::settled)
    return name + " is " + std::string{to_string(x.where.phase)};
  if (wanted != (x.where.is_placed() ? x.where.replicas.size() : 0))
    return name + " has " + std::to_string(x.where.replicas.size()) + " replicas, and should have "
           + std::to_string(wanted);
  const auto& group = checker_.committed_group(x.id);
  if (group.is_joint() || group.voters != (x.where.is_placed() ? x.where.replicas : voters) || !group.learners.empty())
    return name + " has other members than it should have";
  return {};
}

} // namespace kommander::sim
