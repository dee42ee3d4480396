/// A node's disk in a script: what is durable, and nothing else. Free of CAF.
#pragma once

#include <vector>

#include "actors/partition/raft_core.hpp"
#include "kommander/wal.hpp"

namespace kommander::scripts {

/// A write that a core has asked for.
struct pending_write {
  write_sequence number;
  std::optional<hard_state> state;
  std::optional<snapshot_boundary> install;
  log_index truncate_from;
  std::vector<entry> entries;
  log_index commit;
};

/// What survives a crash.
class disk {
public:
  hard_state state;
  log_position boundary;
  std::vector<entry> entries; ///< Contiguous after the boundary.
  log_index commit;
  std::optional<entry> compacted_config; ///< The last configuration at or below the boundary.
  log_index damaged_at;                  ///< Zero, or where unreadable entries begin.

  [[nodiscard]] log_index last() const noexcept {
    return boundary.index + entries.size();
  }

  /// The entry at `index`, if it is here.
  [[nodiscard]] const entry* find(log_index index) const noexcept;

  /// True if `position` is an entry that is here, or was and is compacted away.
  [[nodiscard]] bool holds(const log_position& position) const noexcept;

  /// Makes a write durable. Throws `script_error` if it would leave a hole or cut what was compacted.
  void write(const pending_write& x);

  /// Forgets the entries up to and including `to`, which must be here.
  void compact(const log_position& to);

  /// Loses the entries from `first` on.
  void cut(log_index first);

  /// Entries `first` … `last`, as a `wal` would read them; empty if one of them is not here.
  [[nodiscard]] std::vector<entry> read(const log_read& what) const;

  /// What a node that starts finds.
  [[nodiscard]] recovered_partition recover() const;

private:
  void take_over(const snapshot_boundary& x);
};

} // namespace kommander::scripts
