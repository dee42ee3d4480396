/// The partition map: which partitions there are, who owns which keys, and what is being changed about it; and the roster:
/// which nodes belong to the cluster. Partition 0 keeps both; every node has a copy, which may be behind. Free of CAF.
///
/// A key's place is its `route_key` (kommander/hash.hpp), a number of [0, 2^31 - 1]. Routed partitions own ranges of
/// places, which never overlap; others are never chosen by a key.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// The last place of the key space.
inline constexpr std::uint32_t place_max = 0x7fffffff;

/// In place of a place: it is not said.
inline constexpr std::uint32_t any_place = 0xffffffff;

/// Places from `first` up to and including `last`; `first` is not above `last`, and `last` not above `place_max`.
struct hash_range {
  std::uint32_t first = 0;
  std::uint32_t last = place_max;

  auto operator<=>(const hash_range&) const noexcept = default;

  [[nodiscard]] bool contains(std::uint32_t place) const noexcept {
    return first <= place && place <= last;
  }

  [[nodiscard]] bool overlaps(const hash_range& other) const noexcept {
    return first <= other.last && other.first <= last;
  }

  [[nodiscard]] bool is_valid() const noexcept {
    return first <= last && last <= place_max;
  }
};

/// "[first, last]"
std::string to_string(const hash_range& x);

enum class partition_state : std::uint8_t {
  active = 0,
  splitting = 1, ///< A part of its keys is on its way to another partition; it serves the rest.
  draining = 2,  ///< All of it is on its way to another partition, or it is being removed.
  receiving = 3, ///< Was created by a split, and owns nothing yet.
  removed = 4,   ///< For ever: its id is not used again.
};

std::string_view to_string(partition_state x) noexcept;

// All nodes must agree on this, so it is no setting.
inline constexpr std::size_t members_max = 64; ///< Of a cluster.

/// How far a partition's replicas are on their way.
enum class placement_phase : std::uint8_t {
  settled = 0,   ///< `replicas` vote, and nobody else has the partition.
  adding = 1,    ///< `former` vote, and those of `replicas` that do not are catching up.
  switching = 2, ///< `replicas` vote instead of `former`: in one step, in which both majorities are needed.
};

std::string_view to_string(placement_phase x) noexcept;

/// On which nodes a partition is, as of a version of the map. Who votes, its own log says; it is brought to agree.
struct partition_placement {
  std::uint32_t factor = 0;      ///< So many replicas it is to have; zero: as many as the cluster's partitions have.
  std::vector<node_id> replicas; ///< Who is to vote, ascending. Empty: all voters of the roster, and learners learn.
  std::vector<node_id> former;   ///< On the way: who voted before, or may have, ascending. Else empty.
  placement_phase phase = placement_phase::settled;
  map_version version; ///< Of the map, when `replicas`, `former` or `phase` changed last, or the partition was created.

  /// False: it is on every member.
  [[nodiscard]] bool is_placed() const noexcept {
    return !replicas.empty();
  }

  /// True if this node is to vote, for a voter of the roster.
  [[nodiscard]] bool votes(node_id id) const noexcept;

  /// True if the partition is, or is to be, on this node, for a member of the cluster.
  [[nodiscard]] bool hosts(node_id id) const noexcept;

  friend bool operator==(const partition_placement&, const partition_placement&) = default;
};

/// One partition, as of a version of the map.
struct partition_info {
  partition_id id;
  partition_state state = partition_state::active;
  bool routed = false; ///< False: no key leads to it, and `range` means nothing.
  hash_range range;    ///< What it owns; of one that receives, what it will own.
  generation current{1};
  map_version created;
  bool born_receiving = false;      ///< It was created by a split, and owned nothing at first …
  hash_range born_with;             ///< … or it owned this at first, if it is routed.
  std::vector<node_id> born_voters; ///< Who voted in it at first, ascending; its own log tells who does now.
  partition_placement where;

  friend bool operator==(const partition_info&, const partition_info&) = default;
};

enum class operation_kind : std::uint8_t { create = 0, remove = 1, split = 2, merge = 3 };

std::string_view to_string(operation_kind x) noexcept;

/// What of a partition's state moves to another partition. The same value goes to the source's machine and the target's.
struct moving_state {
  operation_id operation;
  partition_id source;
  partition_id target;
  bool routed =
    false; ///< True: what belongs to keys with a place in `range` moves. False: all of the source (of a merge),
           ///< or what the machine chooses (of a split whose target is unrouted): see `all`.
  hash_range range;
  bool all = false;

  friend bool operator==(const moving_state&, const moving_state&) = default;
};

/// How far an operation is. Each step is an entry of partition 0, and whoever leads that goes on from there.
enum class operation_phase : std::uint8_t {
  fencing = 0,      ///< The source is to stop taking writes for what moves. May be cancelled.
  copying = 1,      ///< The source has stopped, and its state is being copied. May be cancelled.
  committed = 2,    ///< The map has changed: there is no way back. The target is to serve, the source to let go.
  rolling_back = 3, ///< The source is to serve again, and the target to forget what it got.
  done = 4,
  cancelled = 5, ///< Rolled back, because somebody asked for it.
  failed = 6,    ///< Rolled back; `reason` says why.
};

std::string_view to_string(operation_phase x) noexcept;

/// True if nothing more happens.
constexpr bool is_over(operation_phase x) noexcept {
  return x >= operation_phase::done;
}

/// A change of the map. A remove has no target.
struct operation_info {
  operation_id id;
  operation_kind kind = operation_kind::create;
  operation_phase phase = operation_phase::fencing;
  partition_id source; ///< Whose keys move; of a create: the new partition.
  partition_id target; ///< Where they go.
  bool routed =
    false; ///< True: the keys of `moving` move. False: all of the source, or what the state machine chooses.
  hash_range moving;
  bool copies_itself = false;   ///< The application moves its data by its own means; the library moves none.
  generation source_generation; ///< What the operation's present step gives the source …
  generation target_generation; ///< … and the target.
  std::string reason;           ///< Why it was rolled back; for people.

  friend bool operator==(const operation_info&, const operation_info&) = default;
};

// All nodes must agree on these, so they are no settings.
inline constexpr std::size_t host_bytes_max = 255; ///< Of a member's address.
inline constexpr std::size_t zone_bytes_max = 64;
inline constexpr std::size_t former_members_max = 4096; ///< That a roster remembers.

/// What a node is to the cluster. What it is to a partition, that partition's own log says; it is brought to agree.
enum class member_role : std::uint8_t {
  learner = 0, ///< Has joined, and is catching up: becomes a voter by itself when it has.
  voter = 1,
  leaving = 2, ///< Leaves all partitions, and then the roster.
};

std::string_view to_string(member_role x) noexcept;

/// A member of the cluster. It is who its id says, whatever its address is.
struct member_info {
  node_id id;
  endpoint address;
  std::string zone; ///< What fails together, for example a rack; empty: not said. At most `zone_bytes_max` bytes.
  member_role role = member_role::learner;
  roster_version joined;
  bool evicted = false;    ///< Leaving: not by its own wish.
  std::uint64_t disk = 0;  ///< The id of the only disk that it was seen with; zero: not told yet; all ones: several.
  bool first_time = false; ///< It had never been a member before, and has joined with no other disk than `disk`.

  friend bool operator==(const member_info&, const member_info&) = default;
};

/// Who belongs to the cluster, as of a version. Each change is an entry of partition 0 and raises the version by one.
struct cluster_roster {
  roster_version version;           ///< Zero: not known here yet.
  std::vector<member_info> members; ///< Ascending by id.
  /// Who was a member and was removed, whether it is one again or not; ascending. When there are `former_members_max`, no
  /// more are noted, and nobody counts as new to the cluster any more.
  std::vector<node_id> former = {};

  /// Null: it is no member.
  [[nodiscard]] const member_info* find(node_id id) const noexcept;

  /// Ids of those in this role, ascending.
  [[nodiscard]] std::vector<node_id> in_role(member_role x) const;

  friend bool operator==(const cluster_roster&, const cluster_roster&) = default;
};

/// How far a node is on its way into the cluster.
enum class join_phase : std::uint8_t {
  asking = 0,      ///< It asks those whom it knows to be taken in, or has been taken in and does not know it yet.
  catching_up = 1, ///< It is a learner.
  voter = 2,
};

std::string_view to_string(join_phase x) noexcept;

/// An event, on the node that joins only: how far it is, whenever that changes.
struct join_progress {
  join_phase phase = join_phase::asking;
  std::uint64_t caught_up = 0; ///< Catching up: partitions whose leader says that this node is close enough to vote, …
  std::uint64_t partitions = 0; ///< … of so many. Zero: nobody has told yet.
  std::string trouble;          ///< What hinders it, for people; empty: nothing that is known.

  friend bool operator==(const join_progress&, const join_progress&) = default;
};

/// A version of the map.
struct partition_map {
  map_version version;                    ///< Zero: this node does not know the map yet.
  std::vector<partition_info> partitions; ///< Ascending by id; without partition 0, and with those that were removed.
  std::vector<operation_info> operations; ///< Ascending by id: all that go on, and the last 64 of the others.
  partition_id next_id{1};                ///< What the next partition is called that is created without a name.
  std::uint32_t replication_factor = 0;   ///< Replicas that a partition is to have; zero: one on every member.
  cluster_roster roster;

  /// Null: there never was one of this id.
  [[nodiscard]] const partition_info* find(partition_id id) const noexcept;

  /// Who owns `place`. Null: nobody, because a partition was removed with its keys.
  [[nodiscard]] const partition_info* route(std::uint32_t place) const noexcept;

  /// Null: there is none, or it was over long ago.
  [[nodiscard]] const operation_info* find(operation_id id) const noexcept;

  /// The operation that goes on at a partition, as source or target; null if there is none.
  [[nodiscard]] const operation_info* running_at(partition_id id) const noexcept;

  friend bool operator==(const partition_map&, const partition_map&) = default;
};

} // namespace kommander
