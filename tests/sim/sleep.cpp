#include "tests/sim/sleep.hpp"

#include <algorithm>

#include "tests/sim/checker/violation.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t sleep_stream = 21;
constexpr std::uint64_t last_silence = 1000;
constexpr std::uint64_t oversleeping_max = 300; ///< 30 rounds of heartbeats.

} // namespace

sleep_watch::sleep_watch(node_context context, const std::vector<std::unique_ptr<sim_node>>& nodes)
  : context_{context},
    nodes_{nodes},
    random_{context.settings.seed, sleep_stream},
    contacts_((context.settings.nodes + 1) * (context.settings.nodes + 1)),
    overslept_((context.settings.nodes + 1) * (context.settings.partitions + 1)) {
  // nop
}

bool sleep_watch::clients_are_silent(std::uint64_t tick) {
  const auto& plan = context_.settings;
  if (random_.chance(plan.idle))
    silent_until_ = std::max(silent_until_, tick + random_.log_between(50, plan.idle_max));
  return tick < silent_until_ || (plan.idle_end && tick + std::min(last_silence, plan.ticks / 4) > plan.ticks);
}

void sleep_watch::observe_pair(sim_node& a, const sim_node& b, std::uint64_t tick, bool lost) {
  auto& x = contacts_[a.id().value() * (context_.settings.nodes + 1) + b.id().value()];
  if (!lost) {
    // The answer to a ping tells of a restart: what the other one led, it leads no more.
    if (context_.settings.tells_restarts && x.life != 0 && x.life != b.life())
      a.suspect(b.id());
    x = {0, 0, b.life()};
    return;
  }
  if (x.lost_since == 0)
    x = {tick, draw_patience(a.id()), x.life};
  if (tick - x.lost_since >= x.patience)
    a.suspect(b.id());
}

void sleep_watch::ask_detectors() {
  for (const auto& x : nodes_) {
    x->trust_all();
    for (auto peer : x->elastic()->take_doubts())
      x->suspect(peer);
  }
}

/// Some nodes notice everything soon and others late: so a leader may sleep on while those that it does not reach elect
/// another one.
std::uint64_t sleep_watch::draw_patience(node_id observer) {
  auto after = context_.settings.suspect_after;
  auto is_quick = mix(context_.settings.seed + observer.value()) % 2 == 0;
  return is_quick ? random_.between(after, 2 * after) : random_.between(5 * after, patience_max(context_.settings));
}

void sleep_watch::suspect_wrongly() {
  const auto& plan = context_.settings;
  if (!random_.chance(plan.false_suspicion))
    return;
  ++context_.counts.false_suspicions;
  nodes_[random_.below(nodes_.size())]->suspect(node_id{random_.between(1, plan.nodes)});
}

void sleep_watch::ask_rivals() {
  const auto& plan = context_.settings;
  if (!plan.core.quiescence || !random_.chance(plan.rivals))
    return;
  for (auto p = plan.first_partition(); p <= plan.partitions; ++p) {
    partition_id partition{p};
    std::vector<sim_node*> leaders;
    for (const auto& node : nodes_)
      if (const auto* core = node->core(partition); core != nullptr && core->is_leader())
        leaders.push_back(node.get());
    for (std::size_t i = 0; leaders.size() > 1 && i < leaders.size(); ++i)
      leaders[i]->request({request_kind::leader_read, partition, {}});
  }
}

void sleep_watch::check_replica(const sim_node& node, partition_id partition, bool both_survive) {
  auto& ticks = overslept_[node.id().value() * (context_.settings.partitions + 1) + partition.value()];
  const auto* core = node.core(partition);
  auto sleeps = both_survive && core->is_asleep() && !core->is_leader();
  const auto* leads = sleeps ? nodes_[core->leader_id().value() - 1]->core(partition) : nullptr;
  auto is_awake =
    leads != nullptr && leads->is_leader() && leads->current_term() == core->current_term() && !leads->is_asleep();
  // Who has much to apply keeps the leader awake, which wishes the others to sleep all the time.
  auto applies = [&](const auto& x) {
    const auto* other = x->core(partition);
    return other != nullptr && other->leader_id() == core->leader_id() && other->current_term() == core->current_term()
           && other->applied_index() < other->commit_index();
  };
  ticks = is_awake && std::none_of(nodes_.begin(), nodes_.end(), applies) ? ticks + 1 : 0;
  if (ticks > oversleeping_max)
    throw violation{"node " + to_string(node.id()) + " partition " + to_string(partition)
                    + ": sleeps on although its leader is awake"};
}

} // namespace kommander::sim
