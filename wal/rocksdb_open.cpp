// Opening the RocksDB log: the directory, the database's settings and the format version.
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>
#include <spdlog/spdlog.h>

#include "wal/directory.hpp"
#include "wal/rocksdb_keys.hpp"
#include "wal/rocksdb_wal.hpp"

namespace kommander {

namespace {

/// Under this name the database says which layout of keys and records it has.
constexpr const char* format_name = "kommander.format";
constexpr const char* format_value = "1";

rocksdb::Options database_options(const rocksdb_wal_options& options, rocksdb::Env* env) {
  rocksdb::Options x;
  if (env != nullptr)
    x.env = env;
  x.create_if_missing = true;
  x.paranoid_checks = true;
  // An incomplete last write was never acknowledged and is cut. Damage anywhere else refuses to open: the other modes
  // would silently drop what follows it. (This mode rules out recycled log files.)
  x.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  x.write_buffer_size = options.write_buffer_bytes;
  x.max_write_buffer_number = 4;
  x.max_background_jobs = 2;
  x.allow_concurrent_memtable_write = false; // one writer, or two: the locks cost more than they give
  x.enable_write_thread_adaptive_yield = false;
  x.compression = rocksdb::kNoCompression; // entries live until the next compaction of the log
  x.level0_file_num_compaction_trigger = 8;
  x.level0_slowdown_writes_trigger = 40;
  x.level0_stop_writes_trigger = 60;
  x.max_open_files = 256;
  x.info_log_level = rocksdb::WARN_LEVEL;
  x.keep_log_file_num = 2;
  x.max_manifest_file_size = std::size_t{16} << 20;
  x.stats_dump_period_sec = 0;
  x.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = std::size_t{16} << 10;
  x.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return x;
}

} // namespace

result<std::unique_ptr<wal>> rocksdb_log::open(const std::string& path, const rocksdb_wal_options& options,
                                               rocksdb::Env* env) {
  if (auto prepared = prepare_directory(path); !prepared)
    return prepared.error();
  rocksdb::DB* opened = nullptr;
  auto status_of_open = rocksdb::DB::Open(database_options(options, env), path, &opened);
  std::unique_ptr<rocksdb::DB> database{opened};
  if (!status_of_open.ok())
    return failure{status::storage_failed,
                   "the log in '" + path + "' cannot be opened: " + status_of_open.ToString()};
  if (!options.sync_writes)
    spdlog::warn("the log in '{}' does not sync its writes (sync_writes = false): a crash of this machine loses entries "
                 "that were acknowledged. For tests only.",
                 path);
  std::unique_ptr<rocksdb_log> log{new rocksdb_log{path, std::move(database), options.sync_writes}};
  if (auto checked = log->check_format(); !checked)
    return checked.error();
  return std::unique_ptr<wal>{std::move(log)};
}

result<done> rocksdb_log::check_format() {
  auto key = wal_keys::of_metadata(format_name);
  std::string found;
  auto got = database_->Get({}, key, &found);
  if (got.ok()) {
    // Stored plainly, not as a record: every version to come must be able to read it.
    if (found == format_value)
      return done{};
    return failure{status::storage_failed,
                   "the log in '" + path_ + "' has format version '" + found + "', this library reads version '"
                     + format_value + "': use the release of the library that wrote it, or start with an empty "
                     + "directory and let the other nodes bring this one up to date"};
  }
  if (!got.IsNotFound())
    return failed("read the format version", got);
  std::unique_ptr<rocksdb::Iterator> any{database_->NewIterator({})};
  any->SeekToFirst();
  if (any->Valid())
    return failure{status::storage_failed, "the database in '" + path_ + "' is not a log of this library: it has no "
                                             + "format version; choose another directory"};
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (auto put = database_->Put(synced, key, format_value); !put.ok())
    return failed("store the format version", put);
  return done{};
}

wal_factory rocksdb_wal(std::string path, rocksdb_wal_options options) {
  return [path = std::move(path), options] { return rocksdb_log::open(path, options); };
}

} // namespace kommander
