// Opening the RocksDB log: the directory, the database's settings and the format version.
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <cstdarg>

#include "wal/directory.hpp"
#include "wal/rocksdb_files.hpp"
#include "wal/rocksdb_keys.hpp"
#include "wal/rocksdb_wal.hpp"
#include "wal/storage_logger.hpp"
#include "wal/table_pace.hpp"

namespace kommander {

namespace {

/// Passes RocksDB's warnings and errors on, so that no log files of RocksDB's own pile up in the data directory.
class forwarding_logger final : public rocksdb::Logger {
public:
  explicit forwarding_logger(std::string path) : Logger{rocksdb::WARN_LEVEL}, path_{std::move(path)} {
    // nop
  }

  using Logger::Logv;

  void Logv(const char*, std::va_list) override {
    // Lines without a level are RocksDB's "headers": its settings, at every start.
  }

  void Logv(const rocksdb::InfoLogLevel level, const char* format, std::va_list arguments) override {
    if (level < rocksdb::WARN_LEVEL || level == rocksdb::HEADER_LEVEL)
      return;
    char line[1024];
    std::vsnprintf(line, sizeof line, format, arguments);
    auto severity = level == rocksdb::WARN_LEVEL ? spdlog::level::warn : spdlog::level::err;
    storage_logger()->log(severity, "RocksDB in '{}': {}", path_, line);
  }

private:
  std::string path_;
};

/// Tells RocksDB which keys come in order: the entries of one partition. The next one is then inserted where the last one
/// was, without a search. RocksDB 7.8 mixes up the places of single keys and of range deletions that begin with a key of
/// this kind, and breaks its table; so no range deletion does (`wal_keys::before_entry`).
class entries_in_order final : public rocksdb::SliceTransform {
public:
  const char* Name() const override {
    return "kommander.entries_in_order";
  }

  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), wal_keys::partition_prefix_bytes};
  }

  bool InDomain(const rocksdb::Slice& key) const override {
    return wal_keys::is_entry(key);
  }
};

/// What keeps the path of a synced write short, and table files cheap: entries are written once, in order, and read in
/// order, if at all.
void tune(rocksdb::Options& x, const rocksdb_wal_options& options) {
  x.write_buffer_size = options.write_buffer_bytes;
  x.write_buffer_manager = options.write_buffer_manager;
  x.max_write_buffer_number = 4; // a slow flush must not stop writes
  x.max_background_jobs = 2;
  x.bytes_per_sync = std::uint64_t{256} << 10; // table files go to the disk bit by bit, not all at their end,
  x.writable_file_max_buffer_size = std::size_t{512} << 10; // in no larger bits; `table_pace` says when
  x.allow_concurrent_memtable_write = false;                // one writer, or two: the locks cost more than they give
  x.enable_write_thread_adaptive_yield = false;
  x.memtable_insert_with_hint_prefix_extractor = std::make_shared<entries_in_order>();
  x.compression = rocksdb::kNoCompression; // processor time is scarcer than disk; entries live until compaction
  x.level0_file_num_compaction_trigger = 8;
  x.level0_slowdown_writes_trigger = 40;
  x.level0_stop_writes_trigger = 60;
  x.max_bytes_for_level_base = std::uint64_t{1} << 30;
  x.max_open_files = 256;
  x.max_manifest_file_size = std::size_t{16} << 20;
  x.avoid_flush_during_shutdown = true; // everything is in the log files, and a stop must be quick
  x.stats_dump_period_sec = 0;
  x.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table;
  table.block_size = std::size_t{64} << 10;
  table.checksum = rocksdb::kXXH3;
  table.block_cache = options.block_cache; // null: RocksDB makes one of 8 MiB
  x.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

rocksdb::Options database_options(const std::string& path, const rocksdb_wal_options& options, rocksdb::Env* env,
                                  std::shared_ptr<table_pace> pace) {
  rocksdb::Options x;
  x.env = env;
  x.rate_limiter = std::move(pace);
  x.create_if_missing = true;
  x.paranoid_checks = true; // a failed write or flush stops all later ones
  x.max_bgerror_resume_count = 0;
  // `check_log_files` has refused what is damaged below its tail; what is left to this mode is to cut an incomplete last
  // write. `kTolerateCorruptedTailRecords` would refuse one that is followed by preallocated zeros, as after a power
  // failure, and also drops what follows a damaged length in a file's last block. Recycled files are ruled out: their old
  // content cannot be told from damage.
  x.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  x.info_log = std::make_shared<forwarding_logger>(path);
  x.info_log_level = rocksdb::WARN_LEVEL;
  tune(x, options);
  return x;
}

/// Checks the log files while nobody else can have the database open.
result<done> check_unused(const std::string& path, rocksdb::Env& env) {
  auto file = path + "/LOCK";
  rocksdb::FileLock* lock = nullptr;
  if (auto locked = env.LockFile(file, &lock); !locked.ok())
    return failure{status::storage_failed, "the data directory '" + path
                                             + "' cannot be used: it is locked, most likely "
                                             + "by another process that runs on it (" + locked.ToString() + ")"};
  auto checked = check_log_files(path);
  env.UnlockFile(lock);
  return checked;
}

} // namespace

result<std::unique_ptr<wal>> rocksdb_log::open(const std::string& path, const rocksdb_wal_options& options,
                                               std::shared_ptr<rocksdb::FileSystem> files) {
  try {
    if (auto prepared = prepare_directory(path); !prepared)
      return prepared.error();
    if (auto alone = refuse_other_log(path, "shard-0.sqlite", "sqlite_wal"); !alone)
      return alone.error();
    if (!files)
      files = rocksdb::FileSystem::Default();
    std::shared_ptr<rocksdb::Env> env{rocksdb::NewCompositeEnv(preallocate_log_files(std::move(files)))};
    if (auto checked = check_unused(path, *env); !checked)
      return checked.error();
    rocksdb::DB* opened = nullptr;
    auto pace = std::make_shared<table_pace>();
    auto status_of_open = rocksdb::DB::Open(database_options(path, options, env.get(), pace), path, &opened);
    std::unique_ptr<rocksdb::DB> database{opened};
    if (!status_of_open.ok())
      return failure{status::storage_failed,
                     "the log in '" + path + "' cannot be opened: " + status_of_open.ToString()};
    std::unique_ptr<rocksdb_log> log{
      new rocksdb_log{path, std::move(env), std::move(pace), std::move(database), options.sync_writes}};
    if (auto checked = log->check_format(); !checked)
      return checked.error();
    if (!options.sync_writes)
      storage_logger()->warn("the log in '{}' does not sync its writes (sync_writes = false): a crash of this machine "
                             "loses entries that were acknowledged. For tests only.",
                             path);
    return std::unique_ptr<wal>{std::move(log)};
  } catch (const std::exception& x) {
    return failure{status::storage_failed, "the log in '" + path + "' cannot be opened: " + x.what()};
  }
}

result<done> rocksdb_log::check_format() {
  auto key = wal_keys::of_metadata(wal_keys::format_name);
  std::string found;
  auto got = database_->Get({}, key, &found);
  if (got.ok()) {
    // Stored plainly, not as a record: every version to come must be able to read it.
    if (found == wal_keys::format_value)
      return done{};
    return failure{status::storage_failed,
                   "the log in '" + path_ + "' has format version '" + found + "', this library reads version '"
                     + wal_keys::format_value
                     + "': use the release of the library that wrote it, or start with an empty "
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
  if (auto put = database_->Put(synced, key, wal_keys::format_value); !put.ok())
    return failed("store the format version", put);
  return done{};
}

wal_factory rocksdb_wal(std::string path, rocksdb_wal_options options) {
  return [path = std::move(path), options] { return rocksdb_log::open(path, options); };
}

} // namespace kommander
