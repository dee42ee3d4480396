/// What the replicated log is for in the simulator: each replica's state machine holds a few registers, and each
/// proposal is an operation on one of them. What clients are told must be linearizable.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "kommander/entry.hpp"
#include "tests/linearizability/history.hpp"
#include "tests/sim/random.hpp"

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
  void reach(log_index index);

  /// Forgets what entries above `index` have done, but nothing that is durable.
  void rewind(log_index index);

  /// Forgets everything, what is durable too.
  void forget();

  // -- snapshots ------------------------------------------------------------------------------------------------------

  /// Everything up to `index` survives from now on.
  void make_durable(log_index index) noexcept {
    durable_ = std::max(durable_, index);
  }

  /// One of the last indexes that were reached: where a log may be compacted.
  [[nodiscard]] log_index any_reached(random_source& random) const;

  /// The state now; `chain` is the hash over all that was applied.
  [[nodiscard]] std::string export_state(std::uint64_t chain) const;

  /// The chain in what `export_state` has given; another number if any part of it has changed.
  [[nodiscard]] static std::uint64_t chain_of(const std::string& state) noexcept;

  /// Takes over what `export_state` has given at `index`, durably.
  void import_state(log_index index, const std::string& state);

  [[nodiscard]] log_index durable() const noexcept {
    return durable_;
  }

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

  static constexpr std::size_t reached_max = 16;

  log_index applied_;
  log_index durable_; ///< A start does not fall back behind it.
  std::deque<log_index> reached_;
  std::array<std::vector<version>, register_count> registers_;
};

} // namespace kommander::sim
