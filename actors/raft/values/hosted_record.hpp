/// What a node stores about the partitions that its log holds, so that a restart needs nobody to tell. Free of CAF.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kommander/entry.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

/// A partition of this node's log.
struct hosted_partition {
  partition_info birth;     ///< As it was created, whatever has become of it since.
  bool new_to_disk = false; ///< Certainly: what the log does not hold of it has never been on this disk.
  bool ending = false;      ///< It was removed, or is on other nodes now: its log goes.
  bool away = false;        ///< It is on other nodes now, and its log is gone; it may come back.
  /// What this node had promised there when it last went, so that it does not promise anything else when it comes back.
  std::optional<hard_state> kept{};
  std::vector<node_id> known_voters{}; ///< That its log had named by then, ascending.

  friend bool operator==(const hosted_partition&, const hosted_partition&) = default;
};

/// Stored as one value of the log's metadata, `name`.
struct hosted_record {
  static constexpr const char* name = "hosted_partitions";

  map_version seen;      ///< No map before this one is news: what it names and this does not was removed since.
  bool complete = false; ///< Nothing that was created up to `seen` can have been on this disk and be missing here.
  bool whole = false;    ///< The same of all that there ever was: this disk is as old as the cluster.
  std::map<partition_id, hosted_partition> partitions; ///< Without partition 0, which is always there.
  bool known_new = false; ///< Nothing of this node's was on another disk, and that has counted already.
  map_version since{};    ///< The first map that this disk has known: no other disk had what was created later.

  friend bool operator==(const hosted_record&, const hosted_record&) = default;
};

/// What a partition was when it was created, as any later map tells it.
partition_info birth_of(const partition_info& x);

std::string encode(const hosted_record& x);

/// Nothing if `x` is none. An empty string, which is what a new log has, is an empty record.
std::optional<hosted_record> decode_hosted_record(const std::string& x);

} // namespace kommander
