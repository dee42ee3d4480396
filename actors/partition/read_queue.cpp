#include "actors/partition/read_queue.hpp"

#include <algorithm>

namespace kommander {

void read_queue::add(proposal_id id, read_policy policy, instant deadline) {
  reads_.push_back({id, policy, deadline, 0, {}});
}

lazy_deque<read_queue::waiting_read>::iterator read_queue::first_open() noexcept {
  return reads_.begin() + static_cast<std::ptrdiff_t>(confirmed_);
}

std::uint64_t read_queue::oldest_attempt() const noexcept {
  return confirmed_ < reads_.size() ? reads_[confirmed_].attempt : 0;
}

void read_queue::begin(std::uint64_t attempt) {
  for (auto x = reads_.rbegin(); x != reads_.rend() && x->attempt == 0; ++x)
    x->attempt = attempt;
}

void read_queue::confirm(std::uint64_t attempt, log_index index) {
  for (auto x = first_open(); x != reads_.end() && x->attempt != 0 && x->attempt <= attempt; ++x, ++confirmed_)
    x->index = index;
}

void read_queue::forget_attempts() {
  std::for_each(first_open(), reads_.end(), [](waiting_read& x) { x.attempt = 0; });
}

// -- what leaves the queue ------------------------------------------------------------------------------------------

template <class Predicate>
std::vector<settled_read> read_queue::take_front(Predicate leaves) {
  std::vector<settled_read> result;
  for (; !reads_.empty() && leaves(reads_.front()); reads_.pop_front()) {
    result.push_back({reads_.front().id, reads_.front().index});
    confirmed_ -= confirmed_ > 0 ? 1 : 0;
  }
  return result;
}

std::vector<settled_read> read_queue::take_applied(log_index applied) {
  return take_front([&](const waiting_read& x) { return confirmed_ > 0 && x.index <= applied; });
}

std::vector<settled_read> read_queue::take_expired(instant now) {
  return take_front([&](const waiting_read& x) { return x.deadline <= now; });
}

std::vector<settled_read> read_queue::take_unconfirmed(read_policy policy) {
  std::vector<settled_read> result;
  auto leaves = [&](const waiting_read& x) {
    if (x.policy == policy)
      result.push_back({x.id, {}});
    return x.policy == policy;
  };
  reads_.erase(std::remove_if(first_open(), reads_.end(), leaves), reads_.end());
  return result;
}

std::vector<settled_read> read_queue::take_all() {
  return take_front([](const waiting_read&) { return true; });
}

} // namespace kommander
