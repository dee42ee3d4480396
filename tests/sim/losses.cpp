#include "tests/sim/losses.hpp"

#include <algorithm>

#include "tests/sim/bugs/active_bug.hpp"

namespace kommander::sim {

namespace {

constexpr std::uint64_t loss_stream = 5;

} // namespace

data_losses::data_losses(node_context context, const std::vector<std::unique_ptr<sim_node>>& nodes)
  : context_{context},
    nodes_{nodes},
    random_{context.settings.seed, loss_stream},
    damaged_(context.settings.nodes + 1) {
  // nop
}

void data_losses::strike(std::uint64_t tick) {
  const auto& plan = context_.settings;
  if (random_.chance(plan.bit_flip))
    flip_bit(tick);
  if (random_.chance(plan.lost_sync)) {
    cut_power(tick);
    lose_syncs();
  }
  if (random_.chance(plan.fenced_disk))
    wipe_alone(tick);
  if (random_.chance(plan.wiped_disk)) {
    cut_power(tick);
    wipe();
  }
}

std::uint64_t data_losses::damaged_count() const noexcept {
  return static_cast<std::uint64_t>(std::count(damaged_.begin(), damaged_.end(), true));
}

sim_node& data_losses::any_node() {
  return *nodes_[random_.below(nodes_.size())];
}

/// Fenced nodes do not vote, so those that were never struck must be a majority of the nodes; where members change, of each
/// configuration, and without the victim, which may be struck for the second time.
bool data_losses::can_strike(node_id victim) const {
  const auto& plan = context_.settings;
  if (!plan.members_change())
    return is_damaged(victim) || damaged_count() + plan.majority() < plan.nodes;
  auto majority_is_left = [&](const std::vector<node_id>& voters) {
    auto left = std::count_if(voters.begin(), voters.end(), [&](node_id x) { return x != victim && !is_damaged(x); });
    return 2 * static_cast<std::size_t>(left) > voters.size();
  };
  for (auto p = plan.first_partition(); p <= plan.partitions; ++p)
    for (const auto& group : configurations(partition_id{p}))
      if (!majority_is_left(group.voters) || (group.is_joint() && !majority_is_left(group.old_voters)))
        return false;
  return true;
}

/// None of a partition that is not there (any more).
std::vector<group_configuration> data_losses::configurations(partition_id partition) const {
  if (context_.settings.rosters && partition) {
    const auto* known = context_.elastic_facts_->map()->find(partition);
    if (known == nullptr || known->state == partition_state::removed)
      return {};
  }
  std::vector<group_configuration> result{context_.facts.committed_group(partition)};
  auto committed = context_.facts.history(partition).committed();
  for (const auto& node : nodes_) {
    const auto* core = node->core(partition); // may be ahead of its disk
    if (core != nullptr && core->configurations().index() > committed)
      result.push_back(core->configurations().current());
    const auto& image = node->disk().image(partition);
    for (auto i = committed + 1; i <= image.last(); ++i) {
      const auto& x = image.log[i.value() - 1];
      if (x.kind != entry_kind::config)
        continue;
      if (auto group = decode_configuration(x.payload)) // else a bit of it was flipped
        result.push_back(std::move(*group));
    }
  }
  return result;
}

/// A replica whose log is damaged does not vote from its next start on, so a majority must be free of damage.
void data_losses::flip_bit(std::uint64_t tick) {
  auto& victim = any_node();
  if (victim.is_held() || !can_strike(victim.id()) || !victim.disk().flip_bit(random_))
    return;
  damaged_[victim.id().value()] = true;
  context_.facts.struck(victim.id());
  // Where members change the node finds it at once: later it might be the only voter.
  if (context_.settings.members_change())
    victim.crash(tick + random_.log_between(1, context_.settings.down_max));
}

/// All nodes die at once, and all messages with them: nobody is left who counts on what a disk has said before.
void data_losses::cut_power(std::uint64_t tick) {
  if (context_.trace.on())
    context_.trace.line("the power fails");
  context_.network.forget();
  for (const auto& node : nodes_)
    node->crash(tick + random_.log_between(1, context_.settings.down_max));
}

void data_losses::lose_syncs() {
  auto& victim = any_node();
  if (is_damaged(victim.id()))
    return; // what was flipped and cut since would come back
  auto lost = false;
  for (auto p = context_.settings.first_partition(); p <= context_.settings.partitions; ++p) {
    partition_id partition{p};
    auto left = victim.disk().rolled_back(partition, random_.below(sim_disk::undo_max + 1));
    if (left.writes == victim.disk().image(partition).writes || !can_do_without(victim.id(), partition, left))
      continue;
    lost = true;
    replace(victim, partition, std::move(left));
  }
  if (lost)
    context_.counts.hit(fault::lost_sync);
}

void data_losses::wipe() {
  auto& victim = any_node();
  // A disk that lost its fence, too, would have been struck twice. And where partitions come and go, the node forgets which
  // it had: those that it hears of later are fenced.
  if (is_damaged(victim.id()) || (context_.settings.elastic && !can_strike(victim.id())))
    return;
  for (auto p = context_.settings.first_partition(); p <= context_.settings.partitions; ++p)
    if (!can_do_without(victim.id(), partition_id{p}, {}))
      return;
  for (auto p = context_.settings.first_partition(); p <= context_.settings.partitions; ++p)
    replace(victim, partition_id{p}, {});
  victim.forget_applied();
  damaged_[victim.id().value()] = context_.settings.elastic;
  context_.counts.hit(fault::wiped_disk);
}

/// One disk comes back empty while all others go on, and messages of its node's earlier life are still under way.
void data_losses::wipe_alone(std::uint64_t tick) {
  auto& victim = any_node();
  if (context_.settings.nodes == 1 || victim.is_held() || !can_strike(victim.id()))
    return;
  damaged_[victim.id().value()] = true;
  context_.facts.wiped(victim.id());
  victim.crash(tick + random_.log_between(1, context_.settings.down_max));
  for (auto p = context_.settings.first_partition(); p <= context_.settings.partitions; ++p)
    victim.disk().replace(partition_id{p}, {});
  victim.forget_applied();
  victim.notice_wipe();
  context_.counts.hit(fault::fenced_disk);
}

void data_losses::replace(sim_node& victim, partition_id partition, disk_image left) {
  if (context_.trace.on())
    context_.trace.line(victim.id(), partition,
                        "is left with term " + to_string(left.state.current_term) + " vote "
                          + to_string(left.state.voted_for) + " last " + to_string(left.last()));
  context_.facts.forgets(victim.id(), partition, left.state);
  victim.disk().replace(partition, std::move(left));
}

// -- what may be lost -----------------------------------------------------------------------------------------------

bool data_losses::can_do_without(node_id victim, partition_id partition, const disk_image& left) const {
  if (seeded("disk-is-lost-where-it-counts"))
    return true;
  return keeps_entries(victim, partition, left) && keeps_votes(victim, partition, left);
}

bool data_losses::keeps_entries(node_id victim, partition_id partition, const disk_image& left) const {
  const auto& history = context_.facts.history(partition);
  const auto& before = nodes_[victim.value() - 1]->disk().image(partition);
  // Whoever has a committed entry has all before it, so the last one that is lost has the fewest holders.
  auto last = std::min(before.last(), history.committed());
  while (last && before.term_at(last) != history.commit_at(last).term)
    last = last - 1;
  if (!last || left.term_at(last) == history.commit_at(last).term)
    return true;
  std::uint64_t holders = 0;
  for (const auto& node : nodes_)
    if (node->id() != victim && !is_damaged(node->id())
        && node->disk().image(partition).term_at(last) == history.commit_at(last).term)
      ++holders;
  return holders >= context_.settings.majority();
}

bool data_losses::keeps_votes(node_id victim, partition_id partition, const disk_image& left) const {
  auto lost = nodes_[victim.value() - 1]->disk().image(partition).state;
  if (left.state == lost)
    return true;
  // No second leader can come of a second vote in a term that a majority has left behind, or in which it has already
  // voted for the same one. The victim itself must not win again.
  std::uint64_t firm = 0;
  for (const auto& node : nodes_) {
    auto state = node->disk().image(partition).state;
    auto same = state.current_term == lost.current_term
                && (!lost.voted_for || (state.voted_for == lost.voted_for && lost.voted_for != victim));
    if (node->id() != victim && (state.current_term > lost.current_term || same))
      ++firm;
  }
  return firm >= context_.settings.majority();
}

} // namespace kommander::sim
