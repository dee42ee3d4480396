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
  const auto* x = find(position.index);
  return x != nullptr && x->term == position.term;
}

void disk::write(const pending_write& x) {
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
  for (const auto& x : entries) {
    if (result.terms.empty() || result.terms.back().term != x.term)
      result.terms.push_back({x.index, x.term});
    if (x.kind == entry_kind::config)
      result.configs.push_back(x);
  }
  return result;
}

} // namespace kommander::scripts
