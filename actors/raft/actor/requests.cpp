// What goes to one partition, and why it cannot, if it cannot.
#include <algorithm>
#include <utility>

#include "actors/raft/actor/node_impl.hpp"

namespace kommander {

namespace {

/// More would be a list that nobody reads.
constexpr std::size_t runs_shown_max = 8;

/// So long after its disk was slow a node is not given more to lead.
constexpr instant stall_counts_for = std::chrono::minutes{1};

/// "0 to 3, 7": the partitions that there are.
std::string listed(const partition_map& map) {
  std::string result{"0"};
  std::uint64_t last = 0;
  std::uint64_t first = 0;
  std::size_t runs = 1;
  auto close = [&] { result += last > first ? " to " + std::to_string(last) : ""; };
  for (const auto& x : map.partitions) {
    auto id = x.id.value();
    if (x.state == partition_state::removed)
      continue;
    if (id != last + 1) {
      close();
      if (++runs > runs_shown_max)
        return result + " and others";
      result += ", " + std::to_string(id);
      first = id;
    }
    last = id;
  }
  close();
  return result;
}

/// "2, 4, 5"
std::string listed(const std::vector<node_id>& x) {
  std::string result;
  for (auto id : x)
    result += (result.empty() ? "" : ", ") + to_string(id);
  return result;
}

} // namespace

// -- requests for one partition -----------------------------------------------------------------------------------
caf::result<propose_result> node_impl::on_propose(propose& x) {
  if (auto refusal = charge(x.partition, cost_of(x)))
    return std::move(*refusal);
  return delegate(partitions_.at(x.partition).actor, std::move(x));
}

caf::result<propose_batch_result> node_impl::on_batch(propose_batch& x) {
  if (auto refusal = charge(x.partition, cost_of(x)))
    return propose_batch_result{{x.entries.size(), std::move(*refusal)}};
  return delegate(partitions_.at(x.partition).actor, std::move(x));
}

std::optional<propose_result> node_impl::charge(partition_id partition, load cost) {
  if (auto refusal = refuse(partition))
    return propose_result{refusal->code, {}, {}, host_of(partition), std::move(refusal->reason)};
  auto& target = partitions_.at(partition);
  if (target.proposals->try_take(cost)) {
    target.proposed += cost.entries;
    return std::nullopt;
  }
  return propose_result{status::proposal_queue_full,
                        {},
                        {},
                        {},
                        "this node has as much unanswered as its proposal queues may hold together"};
}

caf::result<pending_tickets> node_impl::on_get_pending_tickets(const get_pending_tickets& x) {
  if (auto refusal = refuse(x.partition))
    return pending_tickets{refusal->code, {}};
  return delegate(partitions_.at(x.partition).actor, x);
}

caf::result<read_result> node_impl::on_read(const read_barrier& x) {
  if (auto refusal = refuse(x.partition))
    return read_result{refusal->code, {}, host_of(x.partition), std::move(refusal->reason)};
  return delegate(partitions_.at(x.partition).actor, x);
}

void node_impl::take_turn(const gather_turn& x) {
  if (auto found = partitions_.find(x.partition); found != partitions_.end())
    send(found->second.actor, x);
}

// -- load ---------------------------------------------------------------------------------------------------------
load_report node_impl::present_load() {
  load_report result;
  result.leader = parts_.self.id;
  if (phase_ != node_phase::running) {
    result.code = status::stopping;
    return result;
  }
  measure_load();
  result.code = status::success;
  result.reluctant = stalled_at_ && now() - *stalled_at_ < stall_counts_for;
  for (const auto& [id, x] : partitions_) {
    auto led_for = id ? leadership_.led_for(id, now()) : std::nullopt;
    if (led_for)
      result.led.push_back({id, static_cast<std::uint64_t>(*led_for / instant{std::chrono::seconds{1}}), x.rate});
  }
  return result;
}

/// Since the last time; whoever asks again at once gets the same.
void node_impl::measure_load() {
  constexpr auto least = std::chrono::seconds{1};
  auto t = now();
  auto passed = measured_at_ ? t - *measured_at_ : instant{0};
  if (measured_at_ && passed < least)
    return;
  for (auto& [id, x] : partitions_) {
    auto entries = x.proposed - std::exchange(x.proposed_before, x.proposed);
    auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
    x.rate = measured_at_ ? entries * 1000 / static_cast<std::uint64_t>(milliseconds) : 0;
  }
  measured_at_ = t;
}

// -- refusals -----------------------------------------------------------------------------------------------------
std::optional<operation_result> node_impl::refuse(partition_id partition) const {
  if (phase_ != node_phase::running)
    return operation_result{status::stopping, "this node is stopping"};
  if (!partitions_.contains(partition))
    return absence(partition);
  return std::nullopt;
}

operation_result node_impl::absence(partition_id partition) const {
  if (const auto& why = leadership_.failure(partition); !why.empty())
    return {status::errored, why};
  if (leadership_.find(partition) != nullptr)
    return {status::restore_in_progress, "partition " + to_string(partition) + " is being started on this node"};
  if (!hosting_.map())
    return {status::restore_in_progress, "the partition map is not known here yet"};
  if (const auto* elsewhere = placed_elsewhere(partition))
    return {status::not_hosted,
            "partition " + to_string(partition) + " is on nodes " + listed(elsewhere->where.replicas)};
  return {status::unknown_partition, unknown(partition)};
}

/// Null: it is on this node, or there is none.
const partition_info* node_impl::placed_elsewhere(partition_id id) const {
  const auto* known = hosting_.map() ? hosting_.map()->find(id) : nullptr;
  auto is_elsewhere =
    known != nullptr && known->state != partition_state::removed && !known->where.hosts(parts_.self.id);
  return is_elsewhere ? known : nullptr;
}

/// A node that has the partition, if this one has not; id zero: none is known. The first one that is believed to be alive.
node_info node_impl::host_of(partition_id id) const {
  const auto* known = placed_elsewhere(id);
  if (known == nullptr)
    return {};
  auto voters = known->where.phase == placement_phase::settled ? known->where.replicas : known->where.former;
  auto is_alive = [this](node_id x) {
    const auto* y = liveness_->find(x);
    return y != nullptr && y->state == liveness::alive;
  };
  auto found = std::ranges::find_if(voters, is_alive);
  return parts_.links->describe(found != voters.end() ? *found : voters.front());
}

std::string node_impl::unknown(partition_id x) const {
  const auto& map = *hosting_.map();
  if (map.find(x) != nullptr)
    return "partition " + to_string(x) + " was removed";
  return "there is no partition " + to_string(x) + "; this cluster has partitions " + listed(map);
}

// -- the partition map --------------------------------------------------------------------------------------------
partition_map node_impl::present_map() const {
  return hosting_.map() ? *hosting_.map() : partition_map{};
}

caf::result<change_result> node_impl::on_change(const change_partitions& x) {
  change_result refused;
  if (phase_ != node_phase::running) {
    refused.code = status::stopping;
    refused.reason = "this node is stopping";
    return refused;
  }
  auto source = partitions_.find(x.what == map_change::merge ? x.other : x.partition);
  auto moves = (x.what == map_change::split || x.what == map_change::merge) && !x.copies_itself;
  if (moves && source != partitions_.end() && !source->second.divisible) {
    refused.code = status::snapshot_required;
    refused.reason =
      "the state machine of partition " + to_string(source->first)
      + " exports and imports no part of its state (divisible_state_machine), so no data would move; set "
        "copies_itself if the application moves its data by its own means";
    return refused;
  }
  return delegate(coordinator_, x);
}

} // namespace kommander
