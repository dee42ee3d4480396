#include "actors/raft/leadership_core.hpp"

#include <algorithm>

namespace kommander {

leadership_core::leadership_core(node_id self, std::size_t partitions) : self_{self}, slots_(partitions) {
  // nop
}

// -- what the partitions tell -------------------------------------------------------------------------------------

std::optional<published_leader> leadership_core::update(partition_id partition, const leadership& what, instant now) {
  if (partition.value() >= slots_.size())
    return std::nullopt;
  auto& s = slots_[partition.value()];
  auto same_reign = s.known.settled && s.known.leader == what.leader && s.known.term == what.term;
  s.known = what;
  if (what.settled && !same_reign)
    s.settled_since = now;
  return publish(partition);
}

std::optional<published_leader> leadership_core::fail(partition_id partition, std::string reason) {
  if (partition.value() >= slots_.size())
    return std::nullopt;
  auto& s = slots_[partition.value()];
  s.known = leadership{};
  s.failure = std::move(reason);
  return publish(partition);
}

std::optional<published_leader> leadership_core::publish(partition_id partition) {
  auto& s = slots_[partition.value()];
  // This node is announced as leader only when everything it inherited is applied (design rule 4).
  auto visible = s.known.leader == self_ && !s.known.ready ? node_id{} : s.known.leader;
  auto news = visible != s.published || (visible && s.known.term != s.published_term);
  if (!news)
    return std::nullopt;
  s.published = visible;
  s.published_term = s.known.term;
  return published_leader{partition, visible, s.known.term};
}

// -- what is known ------------------------------------------------------------------------------------------------

const leadership* leadership_core::find(partition_id partition) const noexcept {
  return partition.value() < slots_.size() ? &slots_[partition.value()].known : nullptr;
}

const std::string& leadership_core::failure(partition_id partition) const noexcept {
  static const std::string none;
  return partition.value() < slots_.size() ? slots_[partition.value()].failure : none;
}

std::vector<published_leader> leadership_core::published() const {
  std::vector<published_leader> result;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].published)
      result.push_back({partition_id{i}, slots_[i].published, slots_[i].published_term});
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
  auto answer = x.partition ? judge_one(x, slots_[x.partition->value()], now) : judge_all(x);
  if (answer)
    return answer;
  if (now < x.deadline)
    return std::nullopt;
  wait_answer late{x.id, status::proposal_timeout, {}, {}, "no stable leader within the time allowed"};
  if (x.partition)
    late.leader = slots_[x.partition->value()].known.leader;
  return late;
}

std::optional<wait_answer> leadership_core::judge_one(const waiter& x, const slot& s, instant now) const {
  if (!s.failure.empty())
    return wait_answer{x.id, status::errored, {}, {}, s.failure};
  auto settled = s.known.leader && s.known.settled && (s.known.leader != self_ || s.known.ready);
  if (!settled || now - s.settled_since < x.stable_for)
    return std::nullopt;
  return wait_answer{x.id, status::success, s.known.leader, s.known.term, {}};
}

std::optional<wait_answer> leadership_core::judge_all(const waiter& x) const {
  for (const auto& s : slots_)
    if (!s.failure.empty())
      return wait_answer{x.id, status::errored, {}, {}, s.failure};
  auto complete = std::ranges::all_of(slots_, [](const slot& s) { return s.known.restored && s.known.leader; });
  if (!complete)
    return std::nullopt;
  return wait_answer{x.id, status::success, {}, {}, {}};
}

} // namespace kommander
