// A disk that is full or fails, at every single operation: the write says so, nothing is written after it, what was
// acknowledged is there when the log is opened again, and the process lives.
#define CAF_SUITE wal_crash
#include <caf/test/unit_test.hpp>

#include "tests/wal/failing_disk.hpp"
#include "tests/wal/support.hpp"
#include "wal/rocksdb_wal.hpp"

using namespace wal_test;

namespace {

const rocksdb_wal_options small_files{true, std::size_t{64} << 10};

/// What a session of writes got acknowledged.
struct session {
  std::uint64_t acknowledged = 0; ///< Groups; each is entry n in partition 1 and in partition 2.
  bool failed = false;
};

std::vector<partition_write> group(std::uint64_t n) {
  std::vector<partition_write> result{append(1, n, n, 1, 3000), append(2, n, n, 1, 3000)};
  result[0].commit = log_index{n};
  return result;
}

/// Writes groups until one fails. Large enough together that memtables go to table files meanwhile.
session write_until_it_fails(wal& log, const std::string& path, std::uint64_t first) {
  session result{first - 1, false};
  for (auto n = first; n < first + 40; ++n) {
    auto written = log.write(group(n));
    if (written) {
      result.acknowledged = n;
      continue;
    }
    CAF_REQUIRE(written.error().code == status::storage_failed);
    CAF_REQUIRE(contains(written.error().message, path));
    result.failed = true;
    break;
  }
  return result;
}

/// Checks that a healthy disk shows every acknowledged group, and of the one behind all or nothing.
void check_acknowledged(const std::string& path, std::uint64_t acknowledged) {
  auto log = open(rocksdb_wal(path, small_files));
  auto last = recover(*log, 1).last.value();
  CAF_REQUIRE(last == acknowledged || last == acknowledged + 1);
  CAF_REQUIRE(holds(*log, 1, make_entries(1, last, 1, 3000)));
  CAF_REQUIRE(holds(*log, 2, make_entries(1, last, 1, 3000)));
}

/// Lets the disk fail at its `n`th operation, from the opening on. False if there were not that many.
bool fails_at(std::uint64_t n, disk_fault kind) {
  temporary_directory directory{true};
  auto path = directory / "log";
  auto plan = std::make_shared<fault_plan>();
  plan->kind = kind;
  plan->fails_from = n;
  session result;
  if (auto log = rocksdb_log::open(path, small_files, std::make_shared<failing_disk>(plan))) {
    result = write_until_it_fails(**log, path, 1);
    if (result.failed) {
      plan->fails_from = UINT64_MAX; // a disk that works again does not make the log usable again by itself
      CAF_REQUIRE(!(*log)->write(group(result.acknowledged + 1)));
      CAF_REQUIRE(recover(**log, 1).last.value() >= result.acknowledged);
    }
  } else {
    CAF_REQUIRE(contains(log.error().message, path));
  }
  check_acknowledged(path, result.acknowledged);
  return plan->operations > n;
}

void fail_at_every_operation(disk_fault kind) {
  std::uint64_t n = 0;
  while (fails_at(n, kind))
    n += n < 120 ? 1 : 7;
  CAF_MESSAGE("failed at each of the first 120 operations and at some up to " << n);
  CAF_CHECK(n > 100);
}

} // namespace

CAF_TEST(a disk that fills up at any operation) {
  quiet logs;
  fail_at_every_operation(disk_fault::full);
}

CAF_TEST(a disk that fails at any operation) {
  quiet logs;
  fail_at_every_operation(disk_fault::failing);
}

CAF_TEST(a full disk is named in the error and room makes a new start go on) {
  quiet logs;
  temporary_directory directory{true};
  auto path = directory / "log";
  auto plan = std::make_shared<fault_plan>();
  auto log = value_of(rocksdb_log::open(path, small_files, std::make_shared<failing_disk>(plan)));
  value_of(log->write(group(1)));
  plan->fails_from = 0;
  auto written = log->write(group(2));
  CAF_REQUIRE(!written);
  CAF_CHECK(contains(written.error().message, "No space left on device"));
  CAF_CHECK_EQUAL(read(*log, 1, 1, 1, 1).size(), 1u); // what is there can be read
  CAF_CHECK(refusal_of(log->compact(partition_id{1}, at(1, 1))) == status::storage_failed);
  CAF_CHECK(refusal_of(log->drop(partition_id{2})) == status::storage_failed);
  CAF_CHECK(refusal_of(log->set_metadata("node", "1")) == status::storage_failed);
  log.reset();
  check_acknowledged(path, 1);
  auto again = open(rocksdb_wal(path, small_files));
  auto result = write_until_it_fails(*again, path, recover(*again, 1).last.value() + 1);
  CAF_CHECK(!result.failed);
}
