/// The log in a RocksDB database: one key an entry, one atomic synced write batch for everything that is written together.
#pragma once

#include <rocksdb/db.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kommander/wal.hpp"
#include "wal/log_tail.hpp"

namespace kommander {

class rocksdb_log final : public wal {
public:
  /// Opens or creates the database; see `rocksdb_wal`. `env` is for tests that inject faults; null: the system's.
  static result<std::unique_ptr<wal>> open(const std::string& path, const rocksdb_wal_options& options,
                                           rocksdb::Env* env = nullptr);

  ~rocksdb_log() override;

  result<recovered_partition> recover(partition_id partition) override;
  result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max) override;
  result<done> write(std::span<const partition_write> writes) override;
  result<done> compact(partition_id partition, log_position boundary) override;
  result<done> drop(partition_id partition) override;
  result<done> install_snapshot_boundary(partition_id partition, log_position boundary) override;
  result<std::string> get_metadata(const std::string& key) override;
  result<done> set_metadata(const std::string& key, const std::string& value) override;

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return syncs_.load(std::memory_order_relaxed);
  }

private:
  using tail_map = std::map<partition_id, log_tail>;

  rocksdb_log(std::string path, std::unique_ptr<rocksdb::DB> database, bool sync_writes);

  result<done> check_format();
  result<log_tail> tail_of(partition_id partition);
  result<log_tail> load_tail(partition_id partition);
  result<log_position> load_boundary(partition_id partition);
  result<done> load_small_records(partition_id partition, recovered_partition& into);
  void scan_entries(partition_id partition, recovered_partition& into);
  result<done> stage(rocksdb::WriteBatch& batch, std::string& buffer, const partition_write& x, log_tail& tail);
  result<done> commit(rocksdb::WriteBatch& batch, bool sync);
  result<done> replace_log(partition_id partition, log_position boundary, log_index drop_up_to);
  [[nodiscard]] failure failed(const std::string& what, const rocksdb::Status& why) const;
  [[nodiscard]] failure damaged(const std::string& what, const std::string& why) const;

  std::string path_;
  std::unique_ptr<rocksdb::DB> database_;
  bool sync_writes_;
  std::atomic<std::uint64_t> syncs_{0};
  std::mutex mutex_; ///< Of `tails_`.
  tail_map tails_;   ///< Of the partitions that have been written or recovered.
};

} // namespace kommander
