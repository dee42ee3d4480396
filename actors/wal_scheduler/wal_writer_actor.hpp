/// Does the blocking writes of many partitions: what arrives during one sync is gathered and goes into the next, so
/// the number of syncs follows the speed of the disk and not the number of writes (group commit).
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "kommander/caf_compat.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander {

// -- messages -----------------------------------------------------------------------------------------------------

/// The answer to writes of one partition: exactly one for each group write that carried some of them.
struct wal_written {
  partition_id partition;
  /// No failure: *every* write of the partition up to and including this sequence is durable; writes of one group are
  /// answered together, by the highest. Failure: this write, the first of its group, and all later ones are not; earlier
  /// ones were answered.
  write_sequence sequence;
  /// Empty: durable. Otherwise why not, for people. From then on every write of the partition is refused the same way.
  std::string failure;
};

/// Who is told about its writes. A partition's handle converts to it.
using wal_write_client = cafx::typed<void(wal_written)>;

/// Make `work` durable. Writes of one partition go to one writer, in ascending sequence, and are carried out in the
/// order in which they arrive. Send it as an rvalue: the entries are moved, not copied. The sender bounds how much of
/// its own may wait (proposal queue, in-flight window); the writer refuses nothing for being busy.
struct wal_write {
  partition_write work;
  write_sequence sequence;
  wal_write_client client;
};

/// The answer to a `wal_compact`.
struct wal_compacted {
  partition_id partition;
  std::string failure; ///< Empty: all of it is done.
};

using wal_compact_client = cafx::typed<void(wal_compacted)>;

/// Write `kept`, if there is one, and then let the log of the partition begin after `boundary`, if its index is not zero.
/// Both come behind the partition's writes that were sent before. The sender has one under way at a time.
struct wal_compact {
  partition_id partition;
  std::optional<kept_state> kept;
  log_index commit; ///< The hint that goes along with `kept`.
  log_position boundary;
  wal_compact_client client;
};

/// The answer to a `wal_drop`.
struct wal_dropped {
  partition_id partition;
  std::string failure; ///< Empty: the log knows nothing of the partition any more.
};

using wal_drop_client = cafx::typed<void(wal_dropped)>;

/// Forget the partition, behind all its writes that were sent before; none may follow.
struct wal_drop {
  partition_id partition;
  wal_drop_client client;
};

/// The answer to a `wal_set_metadata`.
struct wal_metadata_set {
  std::string key;
  std::string failure; ///< Empty: durable.
};

using wal_metadata_client = cafx::typed<void(wal_metadata_set)>;

/// Store a value of the node's own. One key is always given to the same writer.
struct wal_set_metadata {
  std::string key;
  std::string value;
  wal_metadata_client client;
};

/// The writer's own signal to itself: write what has gathered.
struct wal_flush {};

using wal_writer =
  cafx::typed<void(wal_write), void(wal_compact), void(wal_drop), void(wal_set_metadata), void(wal_flush)>;

// -- set-up -------------------------------------------------------------------------------------------------------

/// Figures of all writers of a node, for `node_status`. Shared with the node's actors; relaxed atomics.
struct wal_writer_counters {
  std::atomic<std::uint64_t> group_writes{0};  ///< Successful writes to the log, each with one sync.
  std::atomic<std::uint64_t> writes{0};        ///< Partitions' writes that they carried.
  std::atomic<std::uint64_t> failed_groups{0}; ///< Group writes that failed.
};

struct wal_writer_options {
  /// True: the actor gets a thread of its own. False: it blocks a thread of CAF's scheduler; for tests only.
  bool detached = true;
  /// Partitions in one group write, at least 1.
  std::size_t group_partitions_max = 64;
  /// Weight of the entries in one group write; a single larger write goes alone.
  std::size_t group_bytes_max = std::size_t{8} << 20;
  /// A group that is not full waits so long for more partitions' writes.
  std::chrono::milliseconds linger{0};
  /// A group write that takes longer is logged, at most once in ten seconds.
  std::chrono::milliseconds slow_write_log{25};
  /// May be null.
  std::shared_ptr<wal_writer_counters> counters;
};

/// Starts a writer on `log`. It ends with an exit message; what has not been written by then is not written, and not
/// answered. When a group write fails, each partition in it is told so, and a partition that failed once is refused for
/// the life of the writer. Only if the log says that it refused the data before it wrote anything
/// (`status::invalid_argument`) are the group's partitions tried one by one, so that one's bad data does not fail others.
wal_writer spawn_wal_writer(caf::actor_system& system, std::shared_ptr<wal> log, wal_writer_options options = {});

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_write)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_dropped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_drop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_metadata_set)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_set_metadata)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_compact)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_compacted)
