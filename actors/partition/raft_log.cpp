#include "actors/partition/raft_log.hpp"

#include <algorithm>

namespace kommander {

namespace {

/// The run that `index` belongs to; `terms.end()` if it is before all of them.
auto run_of(const std::vector<term_run>& terms, log_index index) {
  auto above =
    std::upper_bound(terms.begin(), terms.end(), index, [](log_index x, const term_run& run) { return x < run.first; });
  return above == terms.begin() ? terms.end() : above - 1;
}

} // namespace

raft_log::raft_log(const recovered_partition& recovered, std::size_t cache_bytes_max)
  : boundary_{recovered.boundary},
    last_{std::max(recovered.last, recovered.boundary.index)},
    terms_{recovered.terms},
    cache_bytes_max_{cache_bytes_max} {
  // nop
}

// -- positions ----------------------------------------------------------------------------------------------------

log_position raft_log::last_position() const noexcept {
  return last_ == boundary_.index ? boundary_ : log_position{last_, terms_.back().term};
}

std::optional<raft_term> raft_log::term_at(log_index index) const noexcept {
  if (index == boundary_.index)
    return boundary_.term;
  if (index < boundary_.index || index > last_)
    return std::nullopt;
  return run_of(terms_, index)->term;
}

bool raft_log::matches(const log_position& position) const noexcept {
  return term_at(position.index) == position.term;
}

bool raft_log::is_up_to_date(const log_position& other) const noexcept {
  auto mine = last_position();
  return other.term != mine.term ? other.term > mine.term : other.index >= mine.index;
}

log_index raft_log::first_of_term_at(log_index index) const noexcept {
  if (index <= boundary_.index || index > last_)
    return index;
  return run_of(terms_, index)->first;
}

log_index raft_log::last_not_above(log_index index, raft_term term) const noexcept {
  index = std::min(index, last_);
  for (auto run = terms_.rbegin(); run != terms_.rend(); ++run) {
    if (run->first > index)
      continue;
    if (run->term <= term)
      return index;
    index = run->first - 1;
  }
  return std::min(index, boundary_.index);
}

// -- content ------------------------------------------------------------------------------------------------------

void raft_log::append(entry x) {
  if (terms_.empty() || terms_.back().term != x.term)
    terms_.push_back({x.index, x.term});
  last_ = x.index;
  memory_bytes_ += x.weight();
  memory_.push_back(std::move(x));
}

void raft_log::truncate_from(log_index index) {
  if (index > last_ || index <= boundary_.index)
    return;
  while (!memory_.empty() && memory_.back().index >= index) {
    memory_bytes_ -= memory_.back().weight();
    memory_.pop_back();
  }
  while (!terms_.empty() && terms_.back().first >= index)
    terms_.pop_back();
  last_ = index - 1;
}

void raft_log::compact(log_index index) {
  if (index <= boundary_.index || index > last_)
    return;
  boundary_ = {index, run_of(terms_, index)->term};
  while (terms_.size() > 1 && terms_[1].first <= index + 1)
    terms_.erase(terms_.begin());
  if (index == last_)
    terms_.clear();
  else
    terms_.front().first = index + 1;
  for (; !memory_.empty() && memory_.front().index <= index; memory_.pop_front())
    memory_bytes_ -= memory_.front().weight();
}

void raft_log::reset(const log_position& boundary) {
  boundary_ = boundary;
  last_ = boundary.index;
  terms_.clear();
  memory_.clear();
  memory_bytes_ = 0;
}

bool raft_log::splits_proposal(log_index index) const noexcept {
  const auto* x = find(index);
  const auto* y = find(index + 1);
  return x != nullptr && y != nullptr && same_proposal(*x, *y);
}

std::vector<entry> raft_log::slice(log_index first, log_index last, std::size_t bytes_max) const {
  std::vector<entry> result;
  last = std::min(last, last_);
  if (first < first_in_memory() || first > last)
    return result;
  auto begin = memory_.begin() + static_cast<std::ptrdiff_t>(distance(first_in_memory(), first));
  auto end = begin;
  std::size_t sum = 0;
  for (; end != memory_.end() && end->index <= last; ++end) {
    sum += end->weight();
    if (sum > bytes_max && end != begin && !same_proposal(*(end - 1), *end))
      break;
  }
  result.assign(begin, end);
  return result;
}

const entry* raft_log::find(log_index index) const noexcept {
  if (index < first_in_memory() || index > last_)
    return nullptr;
  return &memory_[distance(first_in_memory(), index)];
}

void raft_log::evict(log_index unpinned, std::size_t bytes_max) {
  while (memory_bytes_ > bytes_max && !memory_.empty() && memory_.front().index <= unpinned) {
    auto dropped = std::move(memory_.front());
    memory_.pop_front();
    memory_bytes_ -= dropped.weight();
    for (; !memory_.empty() && same_proposal(dropped, memory_.front()); memory_.pop_front())
      memory_bytes_ -= memory_.front().weight();
  }
}

} // namespace kommander
