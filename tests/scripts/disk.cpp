#include "tests/scripts/disk.hpp"

#include <algorithm>

#include "tests/scripts/text.hpp"

namespace kommander::scripts {

const entry* disk::find(log_index index) const noexcept {
  if (index <= boundary.index || index > last())
    return nullptr;
  return &entries[distance(boundary.index, index) - 1];
}

bool disk::holds(const log_position& position) const noexcept {
  if (position.index == boundary.index)
    return position.term == boundary.term;
  if (position.index < boundary.index)
    return true; // what is compacted was committed
  const auto* x = find(position.index);
  return x != nullptr && x->term == position.term;
}

void disk::write(const pending_write& x) {
  if (x.install)
    take_over(*x.install);
  if (x.truncate_from) {
    if (x.truncate_from <= boundary.index)
      throw script_error("a write cuts the log at " + to_string(x.truncate_from) + ", which is compacted");
    cut(x.truncate_from);
    if (damaged_at >= x.truncate_from)
      damaged_at = log_index{};
  }
  for (const auto& y : x.entries) {
    if (y.index != last() + 1)
      throw script_error("a write puts entry " + to_string(y.index) + " after " + to_string(last()));
    entries.push_back(y);
  }
  if (x.state)
    state = *x.state;
  commit = std::max(commit, std::min(x.commit, last()));
}

void disk::take_over(const snapshot_boundary& x) {
  if (x.keeps_tail) {
    compact(x.position);
    return;
  }
  entries.clear();
  boundary = x.position;
  damaged_at = log_index{};
  compacted_config.reset();
  if (x.configuration_index)
    compacted_config = entry{x.configuration_index, x.position.term, {}, entry_kind::config, {}, x.configuration};
}

void disk::compact(const log_position& to) {
  if (to.index <= boundary.index)
    return;
  if (!holds(to))
    throw script_error("a disk is to be compacted up to " + to_text(to) + ", which it does not hold");
  for (; boundary.index < to.index; boundary.index = boundary.index + 1) {
    if (entries.front().kind == entry_kind::config)
      compacted_config = entries.front();
    entries.erase(entries.begin());
  }
  boundary.term = to.term;
}

void disk::cut(log_index first) {
  entries.resize(std::min<std::size_t>(entries.size(), distance(boundary.index, first) - 1));
}

std::vector<entry> disk::read(const log_read& what) const {
  std::vector<entry> result;
  std::size_t weight = 0;
  for (auto index = what.first; index <= what.last; ++index) {
    const auto* x = find(index);
    if (x == nullptr)
      return {};
    weight += x->weight();
    if (!result.empty() && weight > what.bytes_max && !same_proposal(result.back(), *x))
      break;
    result.push_back(*x);
  }
  return result;
}

recovered_partition disk::recover() const {
  recovered_partition result;
  result.state = state;
  result.boundary = boundary;
  result.last = last();
  result.damaged_at = damaged_at;
  result.commit = std::min(std::max(commit, boundary.index), last());
  if (compacted_config)
    result.configs.push_back(*compacted_config);
  for (const auto& x : entries) {
    if (result.terms.empty() || result.terms.back().term != x.term)
      result.terms.push_back({x.index, x.term});
    if (x.kind == entry_kind::config)
      result.configs.push_back(x);
  }
  return result;
}

} // namespace kommander::scripts
