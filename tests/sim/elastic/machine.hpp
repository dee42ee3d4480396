/// The state machine of a partition in an elastic cluster: registers under keys, which move between partitions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/partition/ownership.hpp"
#include "tests/sim/elastic/keys.hpp"

namespace kommander::sim {

/// A register. A key that was removed and covered again is another register: it belongs to another lineage.
struct key_cell {
  partition_id lineage; ///< The partition with which it came into being.
  linearizability::register_value value = 0;

  friend bool operator==(const key_cell&, const key_cell&) = default;
};

using key_cells = std::map<key_id, key_cell>;

/// What a partition that was created as `birth` holds at first; id zero: partition 0.
key_cells cells_of(const partition_info& birth);

/// True if `key` belongs to what moves. Of what is not routed, this machine chooses the odd ones.
bool moves(const moving_state& what, key_id key) noexcept;

class keyed_machine {
public:
  explicit keyed_machine(const partition_info& birth) : cells_{cells_of(birth)} {
    // nop
  }

  /// Null: there is no such key here.
  [[nodiscard]] const key_cell* find(key_id key) const;

  /// The operation with which `key` came here; zero: it was born here.
  [[nodiscard]] operation_id came_with(key_id key) const {
    auto found = came_with_.find(key);
    return found == came_with_.end() ? operation_id{} : found->second;
  }

  [[nodiscard]] const key_cells& cells() const noexcept {
    return cells_;
  }

  /// What the entry asks for; returns whether anything was put. The key is there.
  bool apply(const key_request& x);

  /// A part of what moves here.
  void import(const ownership_change& x);

  /// What has moved away from `self`, or came here with an operation that was rolled back, is forgotten.
  void drop(const moving_state& what, partition_id self);

  /// What moves, as parts of at most `bytes_max`; at least one.
  [[nodiscard]] std::vector<std::string> parts_of(const moving_state& what, std::size_t bytes_max) const;

  [[nodiscard]] std::string encode() const;

  /// False if `x` is none.
  bool decode(const std::string& x);

private:
  key_cells cells_;
  std::map<key_id, operation_id> came_with_;
  operation_id arriving_; ///< Of `arrived_`.
  key_cells arrived_;     ///< Parts of what moves here, until the last one has come.
};

} // namespace kommander::sim
