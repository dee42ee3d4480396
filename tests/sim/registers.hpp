/// What the replicated log is for in the simulator: each replica's state machine holds a few registers, and each
/// proposal is an operation on one of them. What clients are told must be linearizable.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kommander/entry.hpp"
#include "tests/linearizability/history.hpp"

namespace kommander::sim {

/// Registers of one partition.
inline constexpr std::uint64_t register_count = 4;

/// The key of a partition's register in histories.
constexpr std::uint64_t register_key(partition_id partition, std::uint64_t which) noexcept {
  return partition.value() * register_count + which;
}

/// One replica's registers, as they were after each entry: a replica that starts goes back to where it was.
class register_machine {
public:
  /// Carries out `x`, which the entry at `index` asks for. Returns it with its answer.
  linearizability::operation apply(log_index index, linearizability::operation x);

  /// Everything up to `index` is applied.
  void reach(log_index index) noexcept {
    applied_ = index;
  }

  /// Forgets what entries above `index` have done.
  void rewind(log_index index);

  [[nodiscard]] log_index applied() const noexcept {
    return applied_;
  }

  [[nodiscard]] linearizability::register_value value_of(std::uint64_t key) const noexcept {
    const auto& versions = registers_[key % register_count];
    return versions.empty() ? 0 : versions.back().value;
  }

private:
  struct version {
    log_index index;
    linearizability::register_value value = 0;
  };

  log_index applied_;
  std::array<std::vector<version>, register_count> registers_;
};

} // namespace kommander::sim
