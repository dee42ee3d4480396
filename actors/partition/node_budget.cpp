#include "actors/partition/node_budget.hpp"

#include <algorithm>

namespace kommander {

bool node_budget::try_take(load x) noexcept {
  x = limited(x);
  // Two that try at the same moment may both be refused where one would fit: they are near the bound then.
  auto fits_entries = entries_.fetch_add(x.entries) + x.entries <= most_.entries;
  auto fits_bytes = bytes_.fetch_add(x.bytes) + x.bytes <= most_.bytes;
  if (fits_entries && fits_bytes)
    return true;
  give_back(x);
  return false;
}

void node_budget::take(load x) noexcept {
  entries_.fetch_add(x.entries);
  bytes_.fetch_add(x.bytes);
}

void node_budget::give_back(load x) noexcept {
  entries_.fetch_sub(x.entries);
  bytes_.fetch_sub(x.bytes);
}

bool node_budget::exhausted() const noexcept {
  return entries_.load() >= most_.entries || bytes_.load() >= most_.bytes;
}

load node_budget::taken() const noexcept {
  return {entries_.load(), bytes_.load()};
}

load node_budget::limited(load x) const noexcept {
  return {std::min(x.entries, most_.entries), std::min(x.bytes, most_.bytes)};
}

bool budget_share::try_take(load x) noexcept {
  if (!from_->try_take(x))
    return false;
  x = from_->limited(x);
  entries_.fetch_add(x.entries);
  bytes_.fetch_add(x.bytes);
  return true;
}

void budget_share::give_back(load x) noexcept {
  x = from_->limited(x);
  entries_.fetch_sub(x.entries);
  bytes_.fetch_sub(x.bytes);
  from_->give_back(x);
}

void budget_share::hold(load x) noexcept {
  from_->take(x);
  from_->give_back({entries_.exchange(x.entries), bytes_.exchange(x.bytes)});
}

void budget_share::close() noexcept {
  hold({});
}

} // namespace kommander
