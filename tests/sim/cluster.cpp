#include "tests/sim/cluster.hpp"

#include <algorithm>
#include <array>

#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t cluster_stream = 4;

/// What the second phase waits for, one after the other.
enum class stage : std::uint8_t { leaders, operations, known, writes, equal };

/// How long nothing may move in a stage, in longest election time-outs, and what it means if it takes longer.
struct stage_limit {
  std::uint64_t timeouts;
  const char* what;
};

constexpr std::array stage_limits{
  stage_limit{20, "no ready leader in each partition after the faults have stopped"},
  stage_limit{60, "operations neither end nor are rolled back after the faults have stopped"},
  stage_limit{20, "a member does not hear of its leader after the faults have stopped"},
  stage_limit{40, "no fresh write on each partition after the faults have stopped"},
  stage_limit{100, "the replicas do not become equal after the faults have stopped"},
};

/// Ticks in which an operation is done or rolled back.
std::uint64_t operation_ticks(const plan& x) {
  return static_cast<std::uint64_t>((x.coordinator.operation_timeout + 4 * x.call_timeout) / tick_length);
}

/// True if those whose vote counts are a majority of `group`, of both its halves if it is joint.
template <class Counts>
bool has_majority(const group_configuration& group, Counts counts) {
  auto of = [&](const std::vector<node_id>& voters) {
    return 2 * static_cast<std::size_t>(std::count_if(voters.begin(), voters.end(), counts)) > voters.size();
  };
  return of(group.voters) && (!group.is_joint() || of(group.old_voters));
}

} // namespace

run_result run_plan(const plan& settings, tracer trace) {
  sim_cluster cluster{settings, std::move(trace)};
  run_result result;
  try {
    cluster.run();
  } catch (const violation& x) {
    result.violation = x.what();
  } catch (const std::exception& x) {
    result.violation = std::string{"an exception left a core: "} + x.what();
  }
  result.tick = cluster.tick();
  result.counts = cluster.counts();
  return result;
}

sim_cluster::sim_cluster(const plan& settings, tracer trace)
  : settings_{settings},
    trace_{std::move(trace)},
    random_{settings.seed, cluster_stream},
    network_{settings_, dose_},
    book_{settings_},
    checker_{settings_, book_, dose_,
             [this](node_id node, partition_id partition) -> const disk_image& {
               return nodes_[node.value() - 1]->disk().image(partition);
             }},
    elastic_facts_{dose_, settings_.partitions},
    roster_facts_{settings_, checker_, dose_},
    elastic_clients_{settings_, elastic_facts_, dose_, trace_},
    losses_{{settings_, network_, checker_, book_, trace_, dose_, &elastic_facts_}, nodes_},
    sleep_{{settings_, network_, checker_, book_, trace_, dose_}, nodes_},
    survives_(settings.nodes + 1, true),
    lost_groups_(settings.partitions + 1, false) {
  for (std::uint64_t i = 1; i <= settings_.nodes; ++i)
    nodes_.push_back(std::make_unique<sim_node>(node_context{settings_, network_, checker_, book_, trace_, dose_,
                                                             &elastic_facts_, &roster_facts_, &elastic_clients_},
                                                node_id{i}));
  if (settings_.elastic)
    elastic_clients_.connect(view());
  watch_rosters();
}

void sim_cluster::run() {
  dose_.runs = 1;
  dose_.elastic_runs = settings_.elastic ? 1 : 0;
  dose_.roster_runs = settings_.rosters ? 1 : 0;
  if (trace_.on())
    trace_.line(to_text(settings_));
  while (tick_ < settings_.ticks) {
    step();
    ++dose_.ticks;
  }
  heal();
  if (settings_.elastic)
    elastic_clients_.fall_silent();
  revive();
  checker_.finish();
  if (settings_.elastic)
    elastic_clients_.check_histories();
}

void sim_cluster::step() {
  trace_.set_tick(++tick_);
  if (!healed_) {
    network_.disturb(tick_);
    losses_.strike(tick_);
    change_rosters();
  }
  for (auto& node : nodes_)
    if (!healed_ || !survives(node->id()))
      node->disturb(tick_);
  for (auto& message : network_.arrivals(tick_)) {
    if (!healed_ || (survives(message.to) && (outsiders_talk_ || survives(message.from))))
      nodes_[message.to.value() - 1]->deliver(std::move(message));
  }
  auto silent = healed_ || sleep_.clients_are_silent(tick_);
  if (!silent)
    ask();
  if (settings_.elastic)
    elastic_clients_.pass(tick_, !silent);
  look_around();
  // Nobody is always first.
  auto first = tick_ % nodes_.size();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& node = *nodes_[(first + i) % nodes_.size()];
    node.pass_time(tick_);
    if ((outsiders_talk_ || survives(node.id())) && node.has_turn(tick_))
      node.turn(tick_);
  }
}

/// Failure detectors, and whether anybody oversleeps.
void sim_cluster::look_around() {
  if (settings_.rosters)
    sleep_.ask_detectors();
  else
    sleep_.observe(tick_, [this](node_id a, node_id b) {
      if (healed_)
        return survives(a) && survives(b);
      return !network_.is_cut(a, b, tick_) && !network_.is_cut(b, a, tick_);
    });
  if (healed_)
    sleep_.check_nobody_oversleeps([this](node_id x) { return survives(x); });
  else {
    sleep_.suspect_wrongly();
    sleep_.ask_rivals();
  }
}

// -- clients --------------------------------------------------------------------------------------------------------

void sim_cluster::ask() {
  auto sum = settings_.proposals * static_cast<double>(settings_.partitions);
  for (; random_.chance(sum); sum -= 1)
    ask_one(any_partition());
  ask_reads();
  auto any = [&] { return random_.between(1, settings_.nodes); };
  if (random_.chance(settings_.transfer)) {
    dose_.hit(fault::transfer);
    auto partition = any_partition();
    auto target = random_.chance(0.2) ? node_id{} : node_id{any()};
    for (auto& node : nodes_)
      node->request({request_kind::transfer, partition, target});
  }
  if (random_.chance(settings_.step_down)) {
    dose_.hit(fault::step_down);
    auto partition = any_partition();
    for (auto& node : nodes_)
      node->request({request_kind::step_down, partition, {}});
  }
  if (random_.chance(settings_.burst))
    burst();
  if (random_.chance(settings_.membership))
    change_members();
}

void sim_cluster::ask_reads() {
  auto partitions = static_cast<double>(settings_.elastic ? settings_.partitions_wanted : settings_.partitions);
  for (auto sum = settings_.leader_reads * partitions; random_.chance(sum); sum -= 1)
    ask_one(any_partition(), request_kind::leader_read);
  for (auto sum = settings_.follower_reads * partitions; random_.chance(sum); sum -= 1) {
    auto& node = nodes_[random_.below(nodes_.size())];
    node->request({request_kind::follower_read, any_partition(), {}});
  }
}

/// Most clients know a node that leads; some ask anybody.
void sim_cluster::ask_one(partition_id partition, request_kind kind) {
  auto start = random_.below(nodes_.size());
  auto* target = nodes_[start].get();
  if (!random_.chance(0.1)) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      auto* node = nodes_[(start + i) % nodes_.size()].get();
      const auto* core = node->core(partition);
      if (core != nullptr && core->is_leader()) {
        target = node;
        break;
      }
    }
  }
  target->request({kind, partition, {}});
}

void sim_cluster::burst() {
  dose_.hit(fault::burst);
  if (settings_.elastic)
    return elastic_clients_.burst(tick_);
  partition_id partition{random_.between(1, settings_.partitions)};
  auto count = settings_.core.proposal_queue_entries_max > 100 ? 100 : 3 * settings_.core.proposal_queue_entries_max;
  for (std::size_t i = 0; i < count; ++i)
    ask_one(partition);
}

/// Asks a leader for other members; now and then everybody is asked.
void sim_cluster::change_members() {
  partition_id partition{random_.between(1, settings_.partitions)};
  auto leads = [&](const auto& node) { return node->core(partition) != nullptr && node->core(partition)->is_leader(); };
  auto leader = std::find_if(nodes_.begin(), nodes_.end(), leads);
  if (leader == nodes_.end())
    return;
  dose_.hit(fault::membership);
  const auto& now = (*leader)->core(partition)->configurations().current();
  arriving_request x{request_kind::change, partition, {}, false, {}, {}};
  auto self = (*leader)->id();
  enum class role { none, learner, voter };
  auto all_anew = random_.chance(0.25);
  auto one = random_.chance(0.3) ? self : node_id{random_.between(1, settings_.nodes)};
  for (std::uint64_t i = 1; i <= settings_.nodes; ++i) {
    node_id node{i};
    auto old_role = now.is_voter(node) ? role::voter : now.is_member(node) ? role::learner : role::none;
    auto drawn = static_cast<role>(random_.below(3));
    auto new_role = all_anew || node == one ? drawn : old_role;
    if (new_role != role::none)
      (new_role == role::voter ? x.voters : x.learners).push_back(node);
  }
  if (!random_.chance(0.1)) {
    (*leader)->request(x);
    return;
  }
  for (auto& node : nodes_)
    node->request(x);
}

// -- the second phase -----------------------------------------------------------------------------------------------

void sim_cluster::heal() {
  healed_ = true;
  if (settings_.rosters)
    return choose_survivors();
  // A fence may wait for every node that ever was a voter.
  auto needs_all = settings_.membership > 0 && losses_.damaged_count() > 0;
  auto wanted =
    needs_all ? settings_.nodes : random_.between(settings_.majority(), settings_.nodes - losses_.damaged_count());
  if (settings_.faults.none())
    wanted = settings_.nodes; // a plan without any fault loses nobody at the end either
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 1; i <= settings_.nodes; ++i)
    order.push_back(i);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random_.below(i)]);
  std::stable_partition(order.begin(), order.end(), [&](auto x) { return !losses_.is_damaged(node_id{x}); });
  for (std::size_t i = wanted; i < order.size(); ++i)
    survives_[order[i]] = false;
  for (std::size_t i = wanted; i < order.size() && !all_can_proceed(); ++i)
    survives_[order[i]] = true;
  // The rest is dead, or hears nobody but is heard: with pre-vote and check-quorum it must not disturb.
  outsiders_talk_ = settings_.core.pre_vote && settings_.core.check_quorum && random_.chance(0.5);
  begin_peace();
}

void sim_cluster::begin_peace() {
  network_.heal();
  std::string names;
  for (auto& node : nodes_) {
    if (!survives(node->id()))
      continue;
    node->repair(tick_);
    names += " n" + to_string(node->id());
  }
  if (trace_.on())
    trace_.line("the faults stop for" + names + (outsiders_talk_ ? ", the others talk on" : ", the others are gone"));
}

/// True if those that survive are a majority of each configuration that holds or may yet hold.
bool sim_cluster::all_can_proceed() const {
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    auto groups = losses_.configurations(partition_id{p});
    auto proceeds = [&](const auto& x) { return has_majority(x, [this](node_id y) { return survives(y); }); };
    if (!std::all_of(groups.begin(), groups.end(), proceeds))
      return false;
  }
  return true;
}

/// True if `node` would win an election if it called for one now: it may, and its votes are a majority that way.
bool sim_cluster::can_win(const sim_node& node, partition_id partition) const {
  const auto* self = node.core(partition);
  auto votes = [&](node_id x) {
    const auto* voter = survives(x) ? nodes_[x.value() - 1]->core(partition) : nullptr;
    return voter != nullptr && !voter->is_fenced() && voter->log().is_up_to_date(self->log().last_position());
  };
  if (!survives(node.id()) || self == nullptr || self->is_fenced())
    return false;
  const auto& groups = self->configurations();
  auto may_campaign = groups.current().is_voter(node.id()) || groups.at(self->commit_index()).is_voter(node.id());
  return may_campaign && has_majority(groups.current(), votes);
}

/// Groups that nobody leads and nobody can lead any more are left out from now on. Each disk that was struck left, in every
/// configuration of that time, a majority of nodes that never were. But clients go on to change members, a configuration
/// holds from when it is appended, and a fence ends only under a leader: when a leader is lost before the change is
/// committed, and the change needs the votes of fenced nodes, then those that have it cannot win without these, and the others
/// not against those that have it. There is no way out of that which is safe. It is the only one that was found.
/// Returns false if none is left out, or if a group without a leader could have one.
bool sim_cluster::leaves_lost_groups_out() {
  auto found = false;
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    partition_id partition{p};
    if (lost_groups_[p] || !is_kept(partition) || ready_leader(partition) != nullptr)
      continue;
    if (std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& x) { return can_win(*x, partition); }))
      return false;
    lost_groups_[p] = found = true;
    ++dose_.lost_groups;
  }
  return found;
}

/// Nothing moves any more.
void sim_cluster::give_up(const std::string& what) {
  auto fences_and_changes = (settings_.members_change() && losses_.damaged_count() > 0) || a_fence_waits();
  if (!fences_and_changes || !leaves_lost_groups_out())
    throw violation{"livelock: " + what};
}

void sim_cluster::revive() {
  auto begin = tick_;
  auto election = settings_.election_ticks();
  auto unsuspected = settings_.core.quiescence ? sleep_watch::patience_max(settings_) : 0;
  std::uint64_t mark = 0;
  auto moved = tick_;
  auto now = stage::leaders;
  for (;; ++dose_.healing_ticks) {
    step();
    // Old work (a long log to bring over entry by entry) may take long, but must go on all the time.
    if (auto done = settings_.rosters ? progress() : work_done(); done > mark) {
      mark = done;
      moved = tick_;
    }
    auto idle = tick_ - moved;
    if (settings_.rosters && std::find(lost_groups_.begin(), lost_groups_.end(), true) != lost_groups_.end())
      return; // without that group the others do not come to rest
    if (now == stage::leaders && all_lead())
      now = settings_.elastic ? stage::operations : stage::known;
    if (now == stage::operations && operations_rest() && all_lead())
      now = stage::known;
    if (now == stage::known && all_know_their_leader()) {
      now = stage::writes;
      fresh_from_ = book_.all().size();
    }
    if (now == stage::writes && (settings_.elastic ? elastic_clients_.write_everything(tick_) : all_written()))
      now = stage::equal;
    if (now == stage::equal && inequality().empty())
      return;
    const auto& limit = stage_limits[static_cast<std::size_t>(now)];
    if (now == stage::operations)
      unsuspected = std::max(unsuspected, operation_ticks(settings_));
    if (idle > unsuspected + limit.timeouts * election) {
      auto which = now == stage::equal ? inequality() : leaderless();
      if (which.empty() && settings_.rosters && now == stage::operations)
        which = unrest() + describe_rosters();
      give_up(limit.what + (which.empty() ? which : " (" + which + ")"));
      moved = tick_;
    }
    if (tick_ - begin > (settings_.rosters ? 300 : 1000) * election)
      give_up("the cluster moves, but does not come to an end"
              + (settings_.rosters ? ": " + unrest() + describe_rosters() : std::string{}));
  }
}

/// Grows with everything that brings the cluster nearer to its goal, and with nothing else: entries made durable,
/// committed and applied, as far as they are committed.
std::uint64_t sim_cluster::work_done() const {
  std::uint64_t sum = 0;
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    for (const auto& node : nodes_) {
      const auto* core = node->core(partition_id{p});
      if (survives(node->id()) && core != nullptr)
        sum += core->commit_index().value() + core->applied_index().value()
               + std::min(core->durable_index(), checker_.history(partition_id{p}).committed()).value();
    }
  }
  return sum;
}

const raft_core* sim_cluster::ready_leader(partition_id partition) const {
  for (const auto& node : nodes_) {
    const auto* core = node->core(partition);
    if (survives(node->id()) && core != nullptr && core->is_ready())
      return core;
  }
  return nullptr;
}

/// Empty if each partition has a ready leader, otherwise what the survivors are that might lead the first one without.
std::string sim_cluster::leaderless() const {
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    partition_id partition{p};
    if (lost_groups_[p] || !is_kept(partition) || ready_leader(partition) != nullptr)
      continue;
    auto text = "partition " + std::to_string(p) + ':';
    for (const auto& node : nodes_) {
      const auto* core = node->core(partition);
      if (survives(node->id()))
        text += " node " + to_string(node->id())
                + (core == nullptr      ? " does not run it"
                   : core->is_fenced()  ? " is fenced"
                   : core->is_leader()  ? " leads, but is not ready"
                   : core->is_asleep()  ? " sleeps"
                   : core->has_failed() ? " has failed"
                                        : " does not lead");
    }
    return text;
  }
  return {};
}

bool sim_cluster::all_lead() const {
  return leaderless().empty();
}

/// True if the members of each group know their leader, asleep or not; those that are fenced may wait for the dead.
bool sim_cluster::all_know_their_leader() const {
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p) {
    if (lost_groups_[p] || !is_kept(partition_id{p}))
      continue;
    const auto* leader = ready_leader(partition_id{p});
    if (leader == nullptr)
      return false;
    for (const auto& node : nodes_) {
      const auto* core = node->core(partition_id{p});
      if (!survives(node->id()) || !leader->configurations().current().is_member(node->id()))
        continue;
      if (is_excused(node->id(), partition_id{p}))
        continue;
      if (core == nullptr || (!core->is_fenced() && core->leader_id() != leader->options().self))
        return false;
    }
  }
  return true;
}

/// Asks the leader of each partition for a write until one succeeds. Other clients are silent by now.
bool sim_cluster::all_written() {
  enum class fresh { none, waits, done };
  std::vector<fresh> found(settings_.partitions + 1, fresh::none);
  const auto& all = book_.all();
  for (auto i = fresh_from_; i < all.size(); ++i) {
    auto& x = found[all[i].partition.value()];
    if (all[i].answered && all[i].answer == status::success)
      x = fresh::done;
    else if (!all[i].answered && x == fresh::none)
      x = fresh::waits;
  }
  for (std::uint64_t p = 1; p <= settings_.partitions; ++p) {
    const auto* leader = ready_leader(partition_id{p});
    if (lost_groups_[p])
      found[p] = fresh::done;
    else if (found[p] == fresh::none && leader != nullptr)
      nodes_[leader->options().self.value() - 1]->request({request_kind::proposal, partition_id{p}, {}, true});
  }
  return std::all_of(found.begin() + 1, found.end(), [](fresh x) { return x == fresh::done; });
}

/// Empty if all replicas of all groups are equal, otherwise what the first one lacks.
std::string sim_cluster::inequality() const {
  for (auto p = settings_.first_partition(); p <= settings_.partitions; ++p)
    if (!lost_groups_[p] && is_kept(partition_id{p}))
      if (auto found = inequality_of(partition_id{p}); !found.empty())
        return "partition " + std::to_string(p) + ": " + found;
  return {};
}

std::string sim_cluster::inequality_of(partition_id partition) const {
  const auto& history = checker_.history(partition);
  const auto committed = history.committed();
  const auto* leader = ready_leader(partition);
  if (leader == nullptr)
    return "no ready leader";
  if (leader->configurations().index() > committed)
    return "the group's last configuration is not committed";
  const auto& group = checker_.committed_group(partition);
  if (group.is_joint())
    return "the group is joint"; // it has to be left without being asked
  for (const auto& node : nodes_) {
    if (!survives(node->id()) || !group.is_member(node->id()))
      continue;
    auto who = "node " + to_string(node->id());
    const auto* core = node->core(partition);
    if (is_excused(node->id(), partition))
      continue;
    if (core == nullptr)
      return who + " does not run it";
    const auto& image = node->disk().image(partition);
    if (core->applied_index() != committed || core->log().last() != committed || image.last() != committed)
      return who + " has applied " + to_string(core->applied_index()) + ", logged " + to_string(core->log().last())
             + " and stored " + to_string(image.last()) + " of " + to_string(committed) + " entries";
    if (checker_.chain(node->id(), partition) != history.chain_at(committed))
      return who + " has applied something else";
  }
  return {};
}

} // namespace kommander::sim
