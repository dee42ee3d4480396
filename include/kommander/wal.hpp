/// The write-ahead log: what a storage adapter must do, and the adapters that come with the library. Free of CAF.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kommander/entry.hpp"
#include "kommander/result.hpp"
#include "kommander/types.hpp"

namespace rocksdb {
class Cache;
class WriteBufferManager;
} // namespace rocksdb

namespace kommander {

/// A run of entries of one term: all indexes from `first` up to the next run's `first` (or the log's end).
struct term_run {
  log_index first;
  raft_term term;

  friend bool operator==(const term_run&, const term_run&) = default;
};

/// What the library needs beside the log to go on after `index`, when the entries up to it may be gone.
struct kept_state {
  log_index index;
  bytes data;

  friend bool operator==(const kept_state&, const kept_state&) = default;
};

/// What a node finds of one partition when it starts.
struct recovered_partition {
  hard_state state;            ///< Zero term if the partition is new. If it, or the commit index, is damaged: what
                               ///< is lost, in `lost`.
  log_position boundary;       ///< The last entry that was compacted away; zero if none was.
  log_index last;              ///< The last entry kept; equals `boundary.index` for an empty log.
  std::vector<term_run> terms; ///< Terms of (boundary.index, last], ascending; no two neighbours of one term.
  std::vector<entry> configs;  ///< All `config` entries of (boundary.index, last], ascending, and before them the last
                               ///< one that was compacted away, or that came with a snapshot, if there was one.
  log_index commit;            ///< A hint: this far was known to be committed. Never above `last`.
  std::optional<kept_state> kept; ///< The one written last; none if none was.
  log_index damaged_at;           ///< Zero, or where a log must be cut because of a damaged record (not a torn,
                                  ///< unacknowledged tail): there, or at the first entry of the proposal before it,
                                  ///< which it may belong to. Entries from there on are not reported.
  std::string damage;             ///< Names the file or key, and what is wrong with it; empty: nothing is.
};

/// The position from which a log goes on after the state machine has taken over a snapshot.
struct snapshot_boundary {
  log_position position;
  /// What is kept of the log. False: nothing, for it is another one. True: what follows `position`, an entry of this log.
  bool keeps_tail = false;
  log_index configuration_index; ///< Of the configuration that holds at `position`; zero: the group's first one.
  bytes configuration;           ///< As in the payload of a `config` entry; empty if the index is zero.

  friend bool operator==(const snapshot_boundary&, const snapshot_boundary&) = default;
};

/// One partition's part of a write.
struct partition_write {
  partition_id partition;
  std::optional<hard_state> state;
  log_index truncate_from;    ///< Zero, or: entries at and above this index are removed first.
  std::vector<entry> entries; ///< Contiguous and ascending; the first follows what is left of the log.
  log_index commit;           ///< A hint that rides along; zero: leave it.
  std::optional<snapshot_boundary> install = {}; ///< Before all else: the log goes on from this position.
  std::optional<kept_state> kept = {};           ///< Replaces the one before; what happens to entries leaves it.
};

/// A write-ahead log for many partitions. An application may bring its own; kommander/testing/wal_conformance.hpp has the
/// cases that it must pass.
///
/// What a crash leaves, and what the log shows when it is opened again. A call is a `write`, `compact`, `drop` or
/// `set_metadata`; whatever happened, all calls that had returned are there whole, or the log says which record is not.
///   [killed]      the process died before, within or after a call: of that call all or nothing
///   [power-lost]  the machine died, and nothing of what was not synced is there: of that call all or nothing
///   [torn]        the machine died, and a part of what was not synced is there: the same
///   [opening]     either died while the log was being opened: as if that had not been tried
///   [failing]     the disk failed (EIO) in a call: of that call all or nothing, and none after it; what could not be
///                 read is told, and is there when it can be read again
///   [full]        there was no room (ENOSPC) in a call: the same
///   [flipped]     a bit of a record has changed: `damage` or an error names the record
///   [memory]      a log in memory was given up before or after a call, or a write failed: nothing of what failed
///
/// Threads: `write`, `compact` and `drop` of one partition are called by one thread at a time; different partitions and `read` may be called from several threads at once. Every call may block.
/// Errors are returned, never thrown. After a failed `write` nothing of it may be visible to a later recovery *unless*
/// all of it is: it is atomic. The caller stops using a partition whose write failed.
class wal {
public:
  virtual ~wal() = default;

  /// Reads and verifies what is stored for `partition`. An unknown partition gives an empty result, not an error.
  virtual result<recovered_partition> recover(partition_id partition) = 0;

  /// The entries `first` … `last`, stopping after `bytes_max` of weight, but never before the first one and never between
  /// two of the same proposal (`same_proposal`): a follower that got a part of a proposal would hold a part of it. A
  /// record that is missing or damaged is an error that names it.
  virtual result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                          std::size_t bytes_max) = 0;

  /// Makes all of `writes` durable together or not at all, with one sync, and returns after it. A log of several parts may
  /// promise this for each partition only, and says so; what it refuses as invalid, it refuses with the whole call.
  virtual result<done> write(std::span<const partition_write> writes) = 0;

  /// Forgets the entries up to and including `boundary`, which becomes the log's boundary: nothing shows them any more.
  /// The writes of the calling thread wait meanwhile, so the time must not grow with the number of entries: RocksDB deletes one
  /// range, SQLite frees the space of 5000 entries (or 8 MiB) at once and of the rest with later writes.
  virtual result<done> compact(partition_id partition, log_position boundary) = 0;

  /// Forgets everything about `partition`.
  virtual result<done> drop(partition_id partition) = 0;

  /// Small values that belong to the node, such as its id and the cluster's. Empty: not set.
  virtual result<std::string> get_metadata(const std::string& key) = 0;
  virtual result<done> set_metadata(const std::string& key, const std::string& value) = 0;

  /// How many syncs `write` has issued since the log was opened.
  [[nodiscard]] virtual std::uint64_t sync_count() const noexcept = 0;
};

/// Opens a log. Called once by `spawn_raft`, on the caller's thread.
using wal_factory = std::function<result<std::unique_ptr<wal>>()>;

struct rocksdb_wal_options {
  /// False gives up durability: a write returns before it is on disk, and a crash of the machine loses acknowledged
  /// entries. For tests only; a warning is logged when the log is opened.
  bool sync_writes = true;
  /// Memory for writes before they go to a table file, in bytes.
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  /// Memory that the log shares with a RocksDB database of the application's own: blocks that were read, and an account of the
  /// memory for writes of all databases that have it, which flush when it is used up. Null: the log has its own. The
  /// manager's limit should leave the log its `write_buffer_bytes`: each flush that another database brings about costs
  /// the log a small table file.
  std::shared_ptr<rocksdb::Cache> block_cache = nullptr;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffer_manager = nullptr;
};

/// A log in a RocksDB database at `path`, which is created for the owner only (mode 0700).
wal_factory rocksdb_wal(std::string path, rocksdb_wal_options options = {});

struct sqlite_wal_options {
  /// Database files, 1 to 64; partition `p` is in file `p` modulo this. Each has a writer of its own, so they help where syncs
  /// overlap, with a multiple of as many `raft_config::wal_writers`. A `write` over several shards is atomic for each
  /// partition, but not as a whole. Fixed when the log is created.
  std::uint32_t shards = 1;
  /// As in `rocksdb_wal_options`.
  bool sync_writes = true;
};

/// A log in SQLite databases (write-ahead mode, synchronous=FULL) in the directory `path`, which is created for the owner
/// only (mode 0700).
wal_factory sqlite_wal(std::string path, sqlite_wal_options options = {});

/// The content of a log in memory. It outlives the `wal` objects opened on it, so a test can "restart" a node.
class memory_wal_store;

/// A new, empty store.
std::shared_ptr<memory_wal_store> make_memory_wal_store();

/// A log in memory: for tests and for caches that may be lost. It forgets everything with its last store reference.
wal_factory memory_wal(std::shared_ptr<memory_wal_store> store = make_memory_wal_store());

} // namespace kommander
