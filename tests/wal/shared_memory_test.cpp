// A log in RocksDB that shares its memory with a database of the application's own.
#define CAF_SUITE wal_directory
#include <caf/test/unit_test.hpp>

#include <rocksdb/cache.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

struct shared_memory {
  std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(std::size_t{8} << 20);
  std::shared_ptr<rocksdb::WriteBufferManager> writes =
    std::make_shared<rocksdb::WriteBufferManager>(std::size_t{64} << 20);

  [[nodiscard]] rocksdb_wal_options options() const {
    rocksdb_wal_options x;
    x.write_buffer_bytes = std::size_t{256} << 10;
    x.block_cache = cache;
    x.write_buffer_manager = writes;
    return x;
  }
};

/// The application's own database.
std::unique_ptr<rocksdb::DB> open_database(const std::string& path, const shared_memory& memory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_manager = memory.writes;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = memory.cache;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::DB* opened = nullptr;
  CAF_REQUIRE(rocksdb::DB::Open(options, path, &opened).ok());
  return std::unique_ptr<rocksdb::DB>{opened};
}

} // namespace

CAF_TEST(log and application write into one account of memory) {
  temporary_directory directory{true};
  shared_memory memory;
  auto log = open(rocksdb_wal(directory / "log", memory.options()));
  auto empty = memory.writes->memory_usage();
  write(*log, append(1, 1, 100, 1, 1000));
  auto with_log = memory.writes->memory_usage();
  CAF_CHECK(with_log >= empty + 100'000);
  auto database = open_database(directory / "own", memory);
  CAF_REQUIRE(database->Put({}, "key", std::string(300'000, 'x')).ok());
  CAF_CHECK(memory.writes->memory_usage() >= with_log + 300'000);
  log.reset();
  CAF_CHECK(memory.writes->memory_usage() < with_log + 300'000);
}

CAF_TEST(log and application read through one cache) {
  temporary_directory directory{true};
  shared_memory memory;
  auto factory = rocksdb_wal(directory / "log", memory.options());
  {
    auto log = open(factory); // enough for table files
    for (std::uint64_t i = 0; i < 20; ++i)
      write(*log, append(1, i * 50 + 1, i * 50 + 50, 1, 1000));
    value_of(log->set_metadata("node", "17"));
  }
  auto log = open(factory);
  auto before = memory.cache->GetUsage();
  value_of(log->compact(partition_id{1}, at(1, 1))); // looks for the partition's boundary
  recover(*log, 1);
  CAF_CHECK(memory.cache->GetUsage() > before);
  auto database = open_database(directory / "own", memory);
  CAF_REQUIRE(database->Put({}, "key", std::string(100'000, 'x')).ok());
  CAF_REQUIRE(database->Flush({}).ok());
  before = memory.cache->GetUsage();
  std::string value;
  CAF_REQUIRE(database->Get({}, "key", &value).ok());
  CAF_CHECK(memory.cache->GetUsage() >= before + 100'000);
}
