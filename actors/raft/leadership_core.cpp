#include "actors/raft/leadership_core.hpp"

#include <algorithm>

namespace kommander {

leadership_core::leadership_core(node_id self) : self_{self} {
  // nop
}

void leadership_core::add(partition_id partition) {
  slots_.try_emplace(partition);
}

std::optional<published_leader> leadership_core::remove(partition_id partition) {
  auto found = slots_.find(partition);
  if (found == slots_.end())
    return std::nullopt;
  auto news = learn(partition, found->second, {});
  slots_.erase(found);
  failures_.erase(partition);
  return news;
}

void leadership_core::know_all() {
  knows_all_ = true;
}

// -- what the partitions tell -------------------------------------------------------------------------------------

std::optional<published_leader> leadership_core::update(partition_id partition, const leadership& what, instant now) {
  auto found = slots_.find(partition);
  if (found == slots_.end())
    return std::nullopt;
  auto& s = found->second;
  auto same_reign = s.known.settled && s.known.leader == what.leader && s.known.term == what.term;
  if (what.settled && !same_reign)
    s.settled_since = now;
  return learn(partition, s, what);
}

std::optional<published_leader> leadership_core::fail(partition_id partition, std::string reason) {
  auto found = slots_.find(partition);
  if (found == slots_.end())
    return std::nullopt;
  failures_[partition] = std::move(reason);
  return learn(partition, found->second, {});
}

std::optional<published_leader> leadership_core::learn(partition_id partition, slot& x, const leadership& what) {
  ready_ -= is_ready(x) ? 1 : 0;
  x.known = what;
  ready_ += is_ready(x) ? 1 : 0;
  return publish(partition, x);
}

std::optional<published_leader> leadership_core::publish(partition_id partition, slot& x) {
  // This node is announced as leader only when everything it inherited is applied (design rule 4).
  auto visible = x.known.leader == self_ && !x.known.ready ? node_id{} : x.known.leader;
  auto news = visible != x.published || (visible && x.known.term != x.published_term);
  if (!news)
    return std::nullopt;
  x.published = visible;
  x.published_term = x.known.term;
  return published_leader{partition, visible, x.known.term};
}

// -- what is known ------------------------------------------------------------------------------------------------

const leadership* leadership_core::find(partition_id partition) const noexcept {
  auto found = slots_.find(partition);
  return found == slots_.end() ? nullptr : &found->second.known;
}

std::optional<instant> leadership_core::led_for(partition_id partition, instant now) const noexcept {
  auto found = slots_.find(partition);
  if (found == slots_.end() || found->second.known.leader != self_ || !found->second.known.ready)
    return std::nullopt;
  return now - std::min(now, found->second.settled_since);
}

const std::string& leadership_core::failure(partition_id partition) const noexcept {
  static const std::string none;
  auto found = failures_.find(partition);
  return found == failures_.end() ? none : found->second;
}

std::vector<published_leader> leadership_core::published() const {
  std::vector<published_leader> result;
  for (const auto& [id, x] : slots_)
    if (x.published)
      result.push_back({id, x.published, x.published_term});
  return result;
}

// -- who waits ----------------------------------------------------------------------------------------------------

void leadership_core::wait(waiter_id id, partition_id partition, instant stable_for, instant deadline) {
  waiters_.push_back({id, partition, stable_for, deadline});
}

void leadership_core::wait_for_all(waiter_id id, instant deadline) {
  waiters_.push_back({id, std::nullopt, instant{0}, deadline});
}

std::vector<wait_answer> leadership_core::take_answers(instant now) {
  std::vector<wait_answer> result;
  std::erase_if(waiters_, [&](const waiter& x) {
    auto answer = judge(x, now);
    if (answer)
      result.push_back(std::move(*answer));
    return answer.has_value();
  });
  return result;
}

std::vector<wait_answer> leadership_core::end_all(status code, const std::string& reason) {
  std::vector<wait_answer> result;
  for (const auto& x : waiters_)
    result.push_back({x.id, code, {}, {}, reason});
  waiters_.clear();
  return result;
}

std::optional<wait_answer> leadership_core::judge(const waiter& x, instant now) const {
  auto answer = x.partition ? judge_one(x, now) : judge_all(x);
  if (answer)
    return answer;
  if (now < x.deadline)
    return std::nullopt;
  wait_answer late{x.id, status::proposal_timeout, {}, {}, "no stable leader within the time allowed"};
  if (const auto* known = x.partition ? find(*x.partition) : nullptr)
    late.leader = known->leader;
  return late;
}

std::optional<wait_answer> leadership_core::judge_one(const waiter& x, instant now) const {
  auto found = slots_.find(*x.partition);
  if (found == slots_.end() && knows_all_)
    return wait_answer{x.id,        status::unknown_partition, {}, {}, "there is no such partition, or it was removed",
                       *x.partition};
  if (found == slots_.end())
    return std::nullopt;
  if (const auto& why = failure(*x.partition); !why.empty())
    return wait_answer{x.id, status::errored, {}, {}, why};
  const auto& s = found->second;
  auto settled = s.known.leader && s.known.settled && (s.known.leader != self_ || s.known.ready);
  if (!settled || now - s.settled_since < x.stable_for)
    return std::nullopt;
  return wait_answer{x.id, status::success, s.known.leader, s.known.term, {}};
}

std::optional<wait_answer> leadership_core::judge_all(const waiter& x) const {
  if (!failures_.empty())
    return wait_answer{x.id, status::errored, {}, {}, failures_.begin()->second};
  if (!knows_all_ || ready_ < slots_.size())
    return std::nullopt;
  return wait_answer{x.id, status::success, {}, {}, {}};
}

} // namespace kommander
