/// The log in a RocksDB database: one key an entry, one atomic synced write batch for everything that is written together.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kommander/wal.hpp"
#include "wal/log_tail.hpp"
#include "wal/table_pace.hpp"

namespace kommander {

class rocksdb_log final : public wal {
public:
  /// Opens or creates the database; see `rocksdb_wal`. `files` is for tests that inject faults; null: the system's.
  static result<std::unique_ptr<wal>> open(const std::string& path, const rocksdb_wal_options& options,
                                           std::shared_ptr<rocksdb::FileSystem> files = nullptr);

  ~rocksdb_log() override;

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
  using tail_map = std::unordered_map<partition_id, log_tail>;

  /// Memory that one write needs, kept for the next.
  struct scratch {
    rocksdb::WriteBatch batch;
    std::string record;
    tail_map tails;
  };

  rocksdb_log(std::string path, std::shared_ptr<rocksdb::Env> env, std::shared_ptr<table_pace> pace,
              std::unique_ptr<rocksdb::DB> database, bool sync_writes);

  result<done> check_format();

  // -- writing ----------------------------------------------------------------------------------------------------

  result<done> write(std::span<const partition_write> writes, scratch& with);
  result<done> stage(scratch& with, const partition_write& x, log_tail& tail);
  result<done> commit(rocksdb::WriteBatch& batch);
  static void stage_boundary(rocksdb::WriteBatch& batch, partition_id partition, log_position boundary);
  static void stage_install(rocksdb::WriteBatch& batch, partition_id partition, const snapshot_boundary& x);
  std::unique_ptr<scratch> take_scratch();
  void give_back(std::unique_ptr<scratch> x);

  // -- reading ----------------------------------------------------------------------------------------------------

  result<log_tail> tail_of(partition_id partition);
  result<log_tail> load_tail(partition_id partition);
  /// What is stored under `key`, or nothing; `name` is for the error.
  result<std::optional<bytes>> get(const rocksdb::Slice& key, const std::string& name);
  result<log_position> load_boundary(partition_id partition);
  result<hard_state> load_state(partition_id partition, std::string& damage);
  /// Nothing if the record is damaged.
  result<std::optional<log_index>> load_commit(partition_id partition, std::string& damage);
  result<std::optional<kept_state>> load_kept(partition_id partition);
  /// The last `config` entry at or below `index`, if there is one.
  result<std::optional<entry>> load_config(partition_id partition, log_index index);
  void scan_entries(partition_id partition, log_index committed, recovered_partition& into);

  // -- errors -----------------------------------------------------------------------------------------------------

  [[nodiscard]] failure failed(const std::string& what, const rocksdb::Status& why) const;
  [[nodiscard]] failure damaged(const std::string& what, std::string_view why) const;
  /// Calls `f`; what it throws becomes an error.
  template <class F>
  auto guarded(F f) -> decltype(f());

  std::string path_;
  std::shared_ptr<rocksdb::Env> env_; ///< Must outlive the database.
  std::shared_ptr<table_pace> pace_;
  std::unique_ptr<rocksdb::DB> database_;
  bool sync_writes_;
  std::atomic<std::uint64_t> syncs_{0};
  std::mutex mutex_;                              ///< Of what follows.
  tail_map tails_;                                ///< Of the partitions that have been written or recovered.
  std::vector<std::unique_ptr<scratch>> scratch_; ///< Unused ones.
  std::string stopped_;                           ///< Why nothing may be written any more; empty while all is well.
};

} // namespace kommander
