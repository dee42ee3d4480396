/// The partition map as partition 0's log says. Every replica computes it from the committed commands alone, so nothing here
/// depends on settings or on a node's own clock. Pure.
///
/// What holds after each command:
///  - The ranges of routed partitions that are neither removed nor receiving never overlap, and together they leave out what
///    they left out before, unless a removal said `leaves_hole` or a creation has filled a hole.
///  - At most one operation goes on at a partition. Its entry's index is its id.
///  - An id is not used again. A partition's generation rises with each change of what it owns.
///  - There is a voter who is not leaving (see roster_steps.hpp). In a new partition vote those who vote in the roster, or so
///    many of them as it is to have replicas (see placement_steps.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "actors/coordinator/replica_choice.hpp"
#include "kommander/encoding.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

/// What became of a command.
struct map_outcome {
  /// `success`: it is in force, perhaps from before. Otherwise nothing has changed, and it was
  ///  - `errored`: not possible as things are,
  ///  - `active_proposal`: not possible while an operation goes on there,
  ///  - `unknown_partition`, `proposal_not_found`: about something that there is not, or not any more,
  ///  - `invalid_argument`: about nothing that there could be,
  ///  - one of those in roster_steps.hpp, about a member,
  ///  - `restore_in_progress`: too early: the first map has not been made yet.
  status code = status::success;
  operation_id operation; ///< The one that it has begun or was about, also if it was begun before.
  partition_id partition; ///< The one that was created, or gets the keys.
  std::string reason;     ///< For people; empty on success.
  bool changed = false;   ///< There is a new version of the map.

  friend bool operator==(const map_outcome&, const map_outcome&) = default;
};

class map_state {
public:
  // All replicas must agree on these, so they are no settings: another value is another format of the log.
  static constexpr std::uint64_t partitions_max = 65'536;   ///< Those that are not removed.
  static constexpr std::size_t ended_operations_max = 64;   ///< Those that are remembered.
  static constexpr partition_id id_max{0x7fffffffffffffff}; ///< Of a partition.

  /// The next committed command, of the entry at `index`. Total: whatever it says, the map stays one.
  map_outcome apply(log_index index, const map_command& x);

  [[nodiscard]] const partition_map& map() const noexcept {
    return map_;
  }

  void encode(byte_writer& out) const;

  /// Fails the reader if what it reads is none: also if it contradicts itself.
  static map_state decode(byte_reader& in);

  friend bool operator==(const map_state&, const map_state&) = default;

private:
  map_outcome apply_initialize(const map_initialize& x);
  map_outcome apply_create(operation_id id, const map_create& x);
  map_outcome apply_begin(operation_id id, const map_begin& x);
  map_outcome apply_advance(const map_advance& x);
  map_outcome apply_cancel(const map_cancel& x);
  map_outcome apply_member(const member_change& x);
  map_outcome apply_replication(const map_replication& x);
  map_outcome apply_place(const map_place& x);

  map_outcome begin_remove(operation_id id, const map_begin& x, partition_info& source);
  map_outcome begin_split(operation_id id, const map_begin& x, partition_info& source);
  map_outcome begin_merge(operation_id id, const map_begin& x, partition_info& source);

  void commit(operation_info& x);
  void roll_back(operation_info& x, const std::string& reason);
  void end(operation_id id, operation_phase how);

  map_outcome changed(operation_id operation, partition_id partition);
  [[nodiscard]] std::optional<map_outcome> refusal_of_new(partition_id id) const;
  [[nodiscard]] const partition_info* still_on(node_id id) const noexcept;
  partition_id add_partition(partition_id id, bool routed, const hash_range& range, bool receiving,
                             std::uint32_t factor);
  partition_id add_partition(partition_id id, bool routed, const hash_range& range, bool receiving,
                             std::uint32_t factor, replica_choice& nodes);
  void remove(partition_info& x);
  operation_info& add_operation(operation_id id, operation_kind kind, const partition_info& source);
  partition_info* find(partition_id id) noexcept;
  operation_info* find(operation_id id) noexcept;

  [[nodiscard]] bool is_consistent() const;
  [[nodiscard]] bool is_consistent(const operation_info& x) const;

  partition_map map_;
  std::uint64_t kept_ = 0;           ///< Partitions that are not removed.
  operation_id last_operation_;      ///< The last one that was begun.
  std::set<operation_id> cancelled_; ///< Those that are being rolled back because somebody asked for it.
  std::vector<operation_id> ended_;  ///< Those that are over and still known, in the order in which they ended.
};

} // namespace kommander
