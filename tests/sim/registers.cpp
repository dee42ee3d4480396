#include "tests/sim/registers.hpp"

#include <algorithm>

namespace kommander::sim {

using linearizability::action;

linearizability::operation register_machine::apply(log_index index, linearizability::operation x) {
  auto& versions = registers_[x.key % register_count];
  auto held = value_of(x.key);
  if (x.what == action::read)
    x.value = held;
  x.swapped = x.what != action::compare_and_set || held == x.expected;
  if (x.what != action::read && x.swapped)
    versions.push_back({index, x.value});
  return x;
}

void register_machine::rewind(log_index index) {
  applied_ = std::min(applied_, index);
  for (auto& versions : registers_)
    while (!versions.empty() && versions.back().index > index)
      versions.pop_back();
}

} // namespace kommander::sim
