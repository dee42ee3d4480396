/// What a `control` entry of partition 0 says: how the partition map, or the roster, is to change. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kommander/bytes.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

/// The first map of a cluster: so many routed partitions, which share the key space evenly.
struct map_initialize {
  std::uint64_t partitions = 1;
  std::vector<member_info>
    members; ///< Ascending by id; at least one. All of them vote; what else is said does not count.
  std::uint32_t replication_factor = 0; ///< As in `partition_map`; at most `members_max`.

  friend bool operator==(const map_initialize&, const map_initialize&) = default;
};

/// A partition beside those that there are. It moves no keys, so it is done at once.
struct map_create {
  partition_id id;     ///< Zero: the next one.
  bool routed = false; ///< False: no key leads to it, and `range` means nothing.
  hash_range range;
  std::uint32_t replication_factor = 0; ///< As in `partition_placement`; at most `members_max`.

  friend bool operator==(const map_create&, const map_create&) = default;
};

/// Begins an operation of several steps.
struct map_begin {
  operation_kind kind = operation_kind::split; ///< No create.
  partition_id source;                         ///< What is split, merged into `target`, or removed.
  partition_id target;                         ///< Merge: who survives. Split: the new one; zero: the next id.
  bool routed = false;                         ///< Split: the keys from `boundary` on move.
  std::uint32_t boundary = any_place;          ///< Split: the first place that moves; not given: the middle.
  bool copies_itself = false;
  bool leaves_hole = false; ///< Remove: that nobody will own the keys is intended.

  friend bool operator==(const map_begin&, const map_begin&) = default;
};

/// The driver of an operation has done what `from` asks for. To `failed`: all of the roll-back is done; the operation ends
/// as `cancelled` if that was why.
struct map_advance {
  operation_id operation;
  operation_phase from = operation_phase::fencing;
  operation_phase to = operation_phase::copying;
  std::string reason; ///< To `rolling_back`: why; for people. At most `reason_bytes_max` bytes.

  friend bool operator==(const map_advance&, const map_advance&) = default;
};

/// Somebody wants an operation rolled back, whatever phase it is in.
struct map_cancel {
  operation_id operation;

  friend bool operator==(const map_cancel&, const map_cancel&) = default;
};

enum class member_step : std::uint8_t {
  join = 0,    ///< It becomes a learner; of a member: its address, its zone and its disk are these now.
  promote = 1, ///< A learner that has caught up becomes a voter.
  leave = 2,   ///< It is to leave all partitions.
  stay = 3,    ///< It is not to leave after all: a learner from now on, since partitions may have let it go already.
  remove = 4,  ///< It has left all partitions.
};

/// One step of one member.
struct member_change {
  member_step what = member_step::join;
  node_id node;
  endpoint address;        ///< Join.
  std::string zone;        ///< Join.
  bool evicted = false;    ///< Leave: not by its own wish.
  roster_version expected; ///< Not zero: refused unless this is the present version of the roster.
  std::uint64_t disk = 0;  ///< Join: the id of its disk; zero: not known.

  friend bool operator==(const member_change&, const member_change&) = default;
};

/// How many replicas a partition is to have, or, of partition zero, those that have no number of their own.
struct map_replication {
  partition_id partition;
  std::uint32_t factor = 0; ///< Zero: as the cluster's partitions have, or one on every voter. At most `members_max`.

  friend bool operator==(const map_replication&, const map_replication&) = default;
};

/// A step of a partition's replicas.
struct map_place {
  partition_id partition;
  map_version expected; ///< Refused unless this is the version of its placement.
  placement_phase to = placement_phase::adding;
  std::vector<node_id>
    replicas; ///< To `adding`: who is to vote, ascending. Also in place of others that are being added.

  friend bool operator==(const map_place&, const map_place&) = default;
};

using map_command = std::variant<map_initialize, map_create, map_begin, map_advance, map_cancel, member_change,
                                 map_replication, map_place>;

/// Longer ones are cut off.
inline constexpr std::size_t reason_bytes_max = 512;

/// The first of an entry's payload, so that a payload of another version is told apart.
inline constexpr std::uint8_t map_command_version = 3;

bytes encode(const map_command& x);

/// Nothing if `x` is none, has bytes left over, or says what no encoder writes.
std::optional<map_command> decode_map_command(const bytes& x);

} // namespace kommander
