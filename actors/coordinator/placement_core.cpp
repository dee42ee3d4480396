#include "actors/coordinator/placement_core.hpp"

#include <algorithm>
#include <iterator>

#include "actors/coordinator/placement_planner.hpp"

namespace kommander {

placement_core::placement_core(const placement_options& options) : options_{options} {
  // nop
}

// -- what happens ---------------------------------------------------------------------------------------------------

void placement_core::map(std::shared_ptr<const partition_map> x) {
  if (!x || (map_ && x->version <= map_->version))
    return;
  map_ = std::move(x);
  follow_map();
  pump();
}

void placement_core::leads(std::optional<raft_term> term) {
  if (term == term_)
    return;
  forget();
  term_ = term;
  follow_map();
  pump();
}

void placement_core::believes(liveness_view_ptr x) {
  view_ = std::move(x);
  plan_is_old_ = true;
  pump();
}

void placement_core::tick(instant now) {
  now_ = std::max(now_, now);
  pump();
}

void placement_core::answered(std::uint64_t number, const group_report& x) {
  if (auto id = take(number))
    reported(*map_->find(*id), slots_.at(*id), x);
  pump();
}

/// The map says what has become of a step; if it never does, it is proposed again.
void placement_core::answered(std::uint64_t number, const control_result& x) {
  if (auto id = take(number)) {
    auto& mine = slots_.at(*id);
    if (x.code == status::success) {
      set_due(*id, mine, now_ + options_.backoff_max);
    } else {
      planned_.erase(*id);
      plan_is_old_ = true;
      later(*id, mine);
    }
  }
  pump();
}

std::vector<placement_request> placement_core::take_requests() {
  std::erase_if(out_, [this](const auto& x) { return !requests_.contains(x.number); }); // dropped meanwhile
  return std::exchange(out_, {});
}

std::optional<instant> placement_core::due() const noexcept {
  if (!drives())
    return std::nullopt;
  std::optional<instant> result;
  auto note = [&](instant x) { result = std::min(result.value_or(x), x); };
  if (!due_.empty() && requests_.size() < options_.requests_max)
    note(due_.begin()->first);
  if (plan_is_old_)
    note(plan_not_before_);
  if (calm_since_)
    note(*calm_since_ + options_.interval);
  return result;
}

// -- what follows from the map --------------------------------------------------------------------------------------

bool placement_core::drives() const noexcept {
  return term_ && map_ && map_->roster.version;
}

void placement_core::forget() {
  slots_.clear();
  due_.clear();
  known_.clear();
  requests_.clear();
  planned_.clear();
  calm_since_.reset();
  plan_is_old_ = false;
  out_.clear();
}

/// What is settled is looked at once by each leader: a late request of an earlier one may have changed the group since.
void placement_core::follow_map() {
  if (!drives())
    return;
  plan_is_old_ = true;
  calm_since_.reset();
  std::erase_if(planned_, [this](const auto& x) {
    const auto* p = map_->find(x.first);
    return p == nullptr || p->where.version != x.second;
  });
  for (const auto& x : map_->partitions)
    look_at(x);
}

void placement_core::look_at(const partition_info& x) {
  if (x.state == partition_state::removed || (!x.where.is_placed() && !planned_.contains(x.id)))
    return drop(x.id);
  if (!x.where.is_placed())
    return; // it is about to be
  auto is_new = known_.insert(x.id).second;
  auto mine = slots_.find(x.id);
  if (mine == slots_.end()) {
    if (x.where.phase == placement_phase::settled && (!is_new || !all_vote(x)))
      return;
    mine = slots_.emplace(x.id, slot{}).first;
  }
  auto& y = mine->second;
  if (y.version == x.where.version)
    return;
  y.version = x.where.version;
  y.is_reached = false;
  y.failures = 0;
  requests_.erase(std::exchange(y.number, 0));
  set_due(x.id, y, now_);
}

/// Otherwise it is about to move, and asking for those who are gone could make its group wait for them.
bool placement_core::all_vote(const partition_info& x) const {
  return std::ranges::all_of(x.where.replicas, [this](node_id id) {
    const auto* member = map_->roster.find(id);
    return member != nullptr && member->role == member_role::voter;
  });
}

void placement_core::drop(partition_id id) {
  known_.erase(id);
  auto found = slots_.find(id);
  if (found == slots_.end())
    return;
  requests_.erase(found->second.number);
  set_due(id, found->second, std::nullopt);
  slots_.erase(found);
}

void placement_core::set_due(partition_id id, slot& x, std::optional<instant> when) {
  if (x.due)
    due_.erase({*x.due, id});
  x.due = when;
  if (when)
    due_.emplace(*when, id);
}

// -- groups ---------------------------------------------------------------------------------------------------------

void placement_core::pump() {
  if (!drives())
    return;
  plan();
  while (!due_.empty() && due_.begin()->first <= now_ && requests_.size() < options_.requests_max) {
    auto id = due_.begin()->second;
    pump(id, slots_.at(id));
  }
}

void placement_core::pump(partition_id id, slot& x) {
  const auto& p = *map_->find(id);
  if (!p.where.is_placed()) { // nothing has come of what was planned
    planned_.erase(id);
    plan_is_old_ = true;
    return drop(id);
  }
  if (!x.is_reached)
    return send(id, x, goal_of(p));
  auto adding = p.where.phase == placement_phase::adding;
  propose(x, {id, p.where.version, adding ? placement_phase::switching : placement_phase::settled, {}});
}

group_request placement_core::goal_of(const partition_info& x) {
  group_request result{x.id, true, x.where.replicas, {}, {}, x.where.version};
  if (x.where.phase != placement_phase::adding)
    return result;
  result.voters = x.where.former;
  std::ranges::set_difference(x.where.replicas, x.where.former, std::back_inserter(result.learners));
  return result;
}

void placement_core::reported(const partition_info& p, slot& x, const group_report& report) {
  auto goal = goal_of(p);
  auto is_so = report.code == status::success && report.settled && report.voters == goal.voters
               && report.learners == goal.learners;
  if (!is_so)
    return later(p.id, x);
  x.failures = 0;
  if (p.where.phase == placement_phase::settled) {
    slots_.erase(p.id); // nothing is left to be done
    return;
  }
  x.is_reached = p.where.phase == placement_phase::switching || all_are_close(p, report);
  set_due(p.id, x, x.is_reached ? now_ : now_ + options_.poll_interval);
}

bool placement_core::all_are_close(const partition_info& p, const group_report& report) const {
  return std::ranges::all_of(p.where.replicas, [&](node_id id) {
    if (id == report.leader || std::ranges::binary_search(p.where.former, id))
      return true;
    auto peer = std::ranges::lower_bound(report.peers, id, {}, &group_peer::node);
    return peer != report.peers.end() && peer->node == id && peer->known && peer->lag <= options_.promotion_lag;
  });
}

// -- plans ----------------------------------------------------------------------------------------------------------

std::vector<node_id> placement_core::alive_members() const {
  std::vector<node_id> result;
  for (const auto& x : map_->roster.members) {
    const auto* known = view_ ? view_->find(x.id) : nullptr;
    auto is_alive = x.id == options_.self || (known != nullptr && known->state == liveness::alive);
    if (is_alive)
      result.push_back(x.id);
  }
  return result;
}

/// Everybody is there and votes, and nothing is under way.
bool placement_core::is_calm(const std::vector<node_id>& alive) const {
  auto votes = [](const member_info& x) { return x.role == member_role::voter; };
  return options_.balance && alive.size() == map_->roster.members.size() && slots_.empty()
         && std::ranges::all_of(map_->roster.members, votes)
         && std::ranges::all_of(map_->operations, [](const operation_info& x) { return is_over(x.phase); });
}

void placement_core::plan() {
  auto alive = alive_members();
  auto calm = is_calm(alive) && !known_.empty();
  if (!calm)
    calm_since_.reset();
  else if (!calm_since_)
    calm_since_ = now_;
  auto balances = calm && now_ - *calm_since_ >= options_.interval;
  if ((!plan_is_old_ && !balances) || now_ < plan_not_before_)
    return;
  plan_is_old_ = false;
  plan_not_before_ = now_ + options_.backoff_min;
  if (balances)
    calm_since_ = now_; // nothing came of it, or the map will change
  for (auto& step : plan_placement(*map_, alive, {options_.moves_max, balances})) {
    if (planned_.contains(step.partition))
      continue;
    auto& x = slots_[step.partition];
    if (x.number != 0) {
      plan_is_old_ = true; // when that is answered
      continue;
    }
    x.version = step.expected;
    known_.insert(step.partition);
    planned_.emplace(step.partition, step.expected);
    propose(x, std::move(step));
  }
}

// -- requests -------------------------------------------------------------------------------------------------------

void placement_core::propose(slot& x, map_place step) {
  send(step.partition, x, control_proposal{partition_id{}, encode(map_command{std::move(step)})});
}

void placement_core::send(partition_id id, slot& x, node_request what) {
  set_due(id, x, std::nullopt);
  x.number = ++last_number_;
  requests_.emplace(x.number, id);
  out_.push_back({x.number, std::move(what)});
}

/// Whose request it was; nothing: nothing depends on it any more.
std::optional<partition_id> placement_core::take(std::uint64_t number) {
  auto found = requests_.extract(number);
  if (found.empty())
    return std::nullopt;
  slots_.at(found.mapped()).number = 0;
  return found.mapped();
}

void placement_core::later(partition_id id, slot& x) {
  constexpr unsigned doublings_max = 16;
  auto wait = std::min(options_.backoff_min * (1 << std::min(x.failures, doublings_max)), options_.backoff_max);
  ++x.failures;
  x.is_reached = false;
  set_due(id, x, now_ + wait);
}

} // namespace kommander
