#include "tests/sim/registers.hpp"

#include <algorithm>
#include <cstring>

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

void register_machine::reach(log_index index) {
  applied_ = index;
  reached_.push_back(index);
  if (reached_.size() > reached_max)
    reached_.pop_front();
}

void register_machine::rewind(log_index index) {
  index = std::max(index, durable_);
  applied_ = std::min(applied_, index);
  std::erase_if(reached_, [index](log_index x) { return x > index; });
  for (auto& versions : registers_)
    while (!versions.empty() && versions.back().index > index)
      versions.pop_back();
}

void register_machine::forget() {
  durable_ = log_index{};
  rewind(log_index{});
}

// -- snapshots --------------------------------------------------------------------------------------------------------

log_index register_machine::any_reached(random_source& random) const {
  return reached_.empty() ? log_index{} : reached_[random.below(reached_.size())];
}

std::string register_machine::export_state(std::uint64_t chain) const {
  std::string state;
  auto put = [&state](std::uint64_t x) { state.append(reinterpret_cast<const char*>(&x), sizeof x); };
  for (std::uint64_t key = 0; key < register_count; ++key)
    chain ^= mix(value_of(key) + key);
  put(chain);
  for (std::uint64_t key = 0; key < register_count; ++key)
    put(value_of(key));
  return state;
}

std::uint64_t register_machine::chain_of(const std::string& state) noexcept {
  std::array<std::uint64_t, 1 + register_count> words{};
  if (state.size() != sizeof words)
    return 0;
  std::memcpy(words.data(), state.data(), sizeof words);
  for (std::uint64_t key = 0; key < register_count; ++key)
    words[0] ^= mix(words[1 + key] + key);
  return words[0];
}

void register_machine::import_state(log_index index, const std::string& state) {
  for (std::uint64_t key = 0; key < register_count; ++key) {
    linearizability::register_value value = 0;
    std::memcpy(&value, state.data() + (1 + key) * sizeof(std::uint64_t), sizeof value);
    registers_[key].assign(1, {index, value});
  }
  applied_ = durable_ = index;
  reached_.assign(1, index);
}

} // namespace kommander::sim
