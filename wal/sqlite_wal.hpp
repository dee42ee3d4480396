/// The log in SQLite databases: one file a shard, one transaction with one sync for everything that is written together.
///
/// A shard is a map from keys to records, both as wal/record.hpp says, in one table. The partition `p` lives in shard
/// `p % shards`, the node's own values in shard 0. SQLite makes a transaction atomic within one file and no further (its
/// write-ahead mode has no common commit of several files), so a `write` over partitions of several shards is a transaction a
/// shard: each partition's part is atomic and durable when the call returns, but a crash may leave the parts of some shards and
/// not those of others. With one shard, the default, a call is atomic as a whole. What is invalid is refused
/// before anything is written, in any case. The node's writers treat each partition by itself, and with a multiple of
/// `shards` writers no call of theirs spans two shards.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kommander/wal.hpp"
#include "wal/directory.hpp"
#include "wal/keys.hpp"
#include "wal/log_tail.hpp"
#include "wal/sqlite_database.hpp"

namespace kommander {

class sqlite_log final : public wal {
public:
  /// Opens or creates the databases; see `sqlite_wal`. `vfs` is SQLite's name of a file system, for tests that inject
  /// faults; null: the system's.
  static result<std::unique_ptr<wal>> open(const std::string& path, const sqlite_wal_options& options,
                                           const char* vfs = nullptr);

  result<recovered_partition> recover(partition_id partition) override;
  result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max) override;
  result<done> write(std::span<const partition_write> writes) override;
  result<done> compact(partition_id partition, log_position boundary) override;
  result<done> drop(partition_id partition) override;
  result<std::string> get_metadata(const std::string& key) override;
  result<done> set_metadata(const std::string& key, const std::string& value) override;

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return syncs_.load(std::memory_order_relaxed);
  }

private:
  /// One file, written through one connection and read through another, so that reads do not wait for syncs.
  struct shard {
    std::mutex writing;
    std::unique_ptr<sqlite_database> writer;
    std::mutex reading;
    std::unique_ptr<sqlite_database> reader;
  };

  /// A write that has been checked.
  struct checked_write {
    const partition_write* work;
    log_tail before;
    log_tail after;
  };

  explicit sqlite_log(std::string path, directory_lock lock) : path_{std::move(path)}, lock_{std::move(lock)} {
    // nop
  }

  // -- opening ----------------------------------------------------------------------------------------------------

  result<done> open_shards(const sqlite_wal_options& options, const char* vfs);
  result<done> open_shard(std::uint32_t number, const sqlite_wal_options& options, bool is_new, const char* vfs);
  result<done> check_format(sqlite_database& database, const std::string& file, const std::string& name, bool is_new);

  // -- writing ----------------------------------------------------------------------------------------------------

  using work = std::function<result<done>(sqlite_database&)>;

  /// Carries out `f` in one transaction of `in`. After a failure nobody knows what is on disk, so nothing is written any
  /// more, to any shard.
  result<done> commit(shard& in, const work& f, bool counts = false);
  result<std::map<std::size_t, std::vector<checked_write>>> check(std::span<const partition_write> writes);
  result<done> stage(sqlite_database& into, const checked_write& x);
  /// Stores the commit index, never above the log's end: recovery takes that for a loss.
  result<done> stage_commit(sqlite_database& into, const checked_write& x);
  static result<done> stage_boundary(sqlite_database& into, partition_id partition, log_position boundary);
  /// Erases entries up to `boundary`, the lowest first: `entries_max`, or fewer if they are large. What is left goes with
  /// later writes of entries, so that no write waits for a large compaction; until then no reader may look below the boundary.
  static result<done> erase_compacted(sqlite_database& into, partition_id partition, log_index boundary,
                                      std::uint64_t entries_max);
  static result<done> stage_install(sqlite_database& into, partition_id partition, const snapshot_boundary& x);
  void remember(partition_id partition, log_tail tail);

  // -- reading ----------------------------------------------------------------------------------------------------

  result<log_tail> tail_of(partition_id partition);
  result<log_tail> load_tail(sqlite_database& from, partition_id partition);
  result<log_position> load_boundary(sqlite_database& from, partition_id partition);
  result<hard_state> load_state(sqlite_database& from, partition_id partition, std::string& damage);
  /// Nothing if the record is damaged.
  result<std::optional<log_index>> load_commit(sqlite_database& from, partition_id partition, std::string& damage);
  result<std::optional<kept_state>> load_kept(sqlite_database& from, partition_id partition);
  /// The last `config` entry at or below `index`, if there is one.
  result<std::optional<entry>> load_config(sqlite_database& from, partition_id partition, log_index index);
  result<recovered_partition> recover(sqlite_database& from, partition_id partition);
  result<std::vector<entry>> read(sqlite_database& from, partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max);

  // -- errors -----------------------------------------------------------------------------------------------------

  [[nodiscard]] failure damaged(const std::string& what, std::string_view why) const;

  /// Calls `f`; what it throws becomes an error.
  template <class F>
  auto guarded(F f) -> decltype(f()) {
    try {
      return f();
    } catch (const std::exception& x) {
      return failure{status::storage_failed, "the log in '" + path_ + "' failed: " + x.what()};
    }
  }

  shard& shard_of(partition_id partition) {
    return *shards_[partition.value() % shards_.size()];
  }

  std::string path_;
  directory_lock lock_;
  std::vector<std::unique_ptr<shard>> shards_;
  std::atomic<std::uint64_t> syncs_{0};
  std::mutex mutex_;                                 ///< Of what follows.
  std::unordered_map<partition_id, log_tail> tails_; ///< Of the partitions that have been written.
  std::string stopped_;                              ///< Why nothing may be written any more; empty: all is well.
};

} // namespace kommander
