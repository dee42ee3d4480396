#include "actors/coordinator/balance_core.hpp"

#include <algorithm>
#include <utility>

namespace kommander {

namespace {

/// A node that fails again and again is left alone for up to so many times the cooldown.
constexpr unsigned mistrust_doublings_max = 5;

} // namespace

balance_core::balance_core(const balancer_options& options) : options_{options} {
  // nop
}

// -- what happens ---------------------------------------------------------------------------------------------------

void balance_core::map(std::shared_ptr<const partition_map> x) {
  if (!x || (map_ && x->version <= map_->version))
    return;
  map_ = std::move(x);
  look();
}

void balance_core::leads(std::optional<raft_term> term) {
  if (term == term_)
    return;
  forget();
  term_ = term;
  look();
}

void balance_core::believes(liveness_view_ptr x) {
  view_ = std::move(x);
  look();
}

void balance_core::answered(std::uint64_t number, const load_report& x) {
  auto found = asked_.find(number);
  if (found == asked_.end())
    return;
  auto node = found->second;
  asked_.erase(found);
  if (x.code != status::success) {
    ++counters_.dropped_rounds;
    end_round();
    return;
  }
  told_[node] = x;
  if (asked_.empty())
    plan();
  pump();
}

void balance_core::answered(std::uint64_t number, const control_result& x) {
  auto found = moving_.find(number);
  if (found == moving_.end())
    return;
  auto move = found->second;
  moving_.erase(found);
  if (x.code == status::success) {
    ++counters_.moved;
    mistrusted_.erase(move.to);
  } else {
    failed(move, x.code);
  }
  pump();
}

void balance_core::tick(instant now) {
  now_ = std::max(now_, now);
  std::erase_if(resting_, [this](const auto& x) { return x.second <= now_; });
  look();
}

std::vector<balance_request> balance_core::take_requests() {
  return std::exchange(out_, {});
}

std::optional<instant> balance_core::due() const noexcept {
  if (!calm_since_ || !asked_.empty() || !moving_.empty())
    return std::nullopt;
  return next_round_;
}

// -- calm -------------------------------------------------------------------------------------------------------------

bool balance_core::drives() const noexcept {
  return options_.enabled && term_ && map_ && map_->roster.version;
}

bool balance_core::is_calm() const {
  const auto& roster = map_->roster;
  auto is_there = [this](const member_info& x) {
    const auto* known = view_ ? view_->find(x.id) : nullptr;
    auto is_alive = x.id == options_.self || (known != nullptr && known->state == liveness::alive);
    return x.role == member_role::voter && is_alive;
  };
  auto ended = [](const operation_info& x) { return is_over(x.phase); };
  auto rests = [](const partition_info& x) { return x.where.phase == placement_phase::settled; };
  return roster.members.size() > 1 && std::ranges::all_of(map_->partitions, rests)
         && std::ranges::all_of(roster.members, is_there) && std::ranges::all_of(map_->operations, ended);
}

/// Begins a round when its time has come, and ends the present one when it is not the time for it any more.
void balance_core::look() {
  if (!drives() || !is_calm()) {
    calm_since_.reset();
    end_round();
    return;
  }
  if (!calm_since_ || version_ != map_->roster.version) {
    end_round();
    version_ = map_->roster.version;
    calm_since_ = now_;
    next_round_ = now_ + options_.interval;
  }
  if (now_ >= next_round_ && asked_.empty() && moves_.empty() && moving_.empty())
    begin_round();
}

void balance_core::forget() {
  calm_since_.reset();
  resting_.clear();
  mistrusted_.clear();
  moving_.clear();
  end_round();
  out_.clear();
}

/// What is moving already moves on: its answer is still waited for.
void balance_core::end_round() {
  asked_.clear();
  told_.clear();
  moves_.clear();
  std::erase_if(out_, [](const auto& x) { return std::holds_alternative<load_request>(x.what); });
  next_round_ = now_ + options_.interval;
}

// -- a round ----------------------------------------------------------------------------------------------------------

void balance_core::begin_round() {
  next_round_ = now_ + options_.interval;
  told_.clear();
  for (const auto& x : map_->roster.members) {
    asked_.emplace(++last_number_, x.id);
    out_.push_back({last_number_, x.id, load_request{}});
  }
}

/// Whether a successor has what it needs, the leaders of the groups know: here are only those that may be asked for.
void balance_core::plan() {
  ++counters_.rounds;
  std::vector<node_id> nodes, successors;
  for (const auto& [id, x] : told_) {
    nodes.push_back(id);
    if (!x.reluctant && is_trusted(id))
      successors.push_back(id);
  }
  leaders_view view;
  for (const auto& [id, x] : told_) {
    auto& all = view[id];
    for (const auto& y : x.led) {
      led_partition z{
        y.partition, static_cast<double>(y.operations_per_second),
        std::chrono::seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(y.led_for_seconds, 86'400))},
        successors};
      const auto* where = map_->find(y.partition);
      auto has_none = [&](node_id to) { return to == id || (where != nullptr && !where->where.votes(to)); };
      std::erase_if(z.successors, has_none);
      all.push_back(std::move(z));
    }
  }
  std::set<partition_id> resting;
  for (const auto& [id, until] : resting_)
    resting.insert(id);
  moves_ = plan_balance(nodes, view, resting, options_.plan);
  std::ranges::reverse(moves_);
  counters_.planned += moves_.size();
  told_.clear();
}

void balance_core::pump() {
  while (!moves_.empty() && moving_.size() < options_.transfers_max) {
    auto move = moves_.back();
    moves_.pop_back();
    if (!is_trusted(move.to))
      continue;
    resting_[move.partition] = now_ + options_.cooldown;
    moving_.emplace(++last_number_, move);
    out_.push_back({last_number_, {}, handover_request{move.partition, move.to}});
  }
  if (moves_.empty() && moving_.empty() && asked_.empty())
    next_round_ = now_ + options_.interval;
}

/// A refusal says something about the group. If the leader has tried, and nothing came of it, it is the node.
void balance_core::failed(const leader_move& x, status code) {
  ++counters_.refused;
  if (code != status::proposal_timeout && code != status::replication_failed)
    return;
  auto& y = mistrusted_[x.to];
  y.until = now_ + options_.cooldown * (1 << std::min(y.failures, mistrust_doublings_max));
  ++y.failures;
}

bool balance_core::is_trusted(node_id id) const {
  auto found = mistrusted_.find(id);
  return found == mistrusted_.end() || found->second.until <= now_;
}

} // namespace kommander
