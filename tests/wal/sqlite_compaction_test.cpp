// What a compaction of the SQLite log costs: a bounded part of it in each transaction.
#define CAF_SUITE wal_sqlite
#include <caf/test/unit_test.hpp>

#include "tests/wal/support.hpp"
#include "wal/keys.hpp"
#include "wal/sqlite_database.hpp"

using namespace wal_test;

namespace {

/// How many entries of partition 1 the file holds, those that are not shown any more with them.
std::uint64_t entries_in(const std::string& path) {
  auto database =
    value_of(sqlite_database::open(path + "/shard-0.sqlite", sqlite_database::access::read, true, nullptr));
  std::uint64_t count = 0;
  value_of(database->scan(wal_keys::before_entry(partition_id{1}, {}).view(),
                          wal_keys::end_of_entries(partition_id{1}).view(), [&](std::string_view, const bytes&) {
                            ++count;
                            return true;
                          }));
  return count;
}

} // namespace

CAF_TEST(a large compaction erases 5000 entries and leaves the rest to later writes) {
  temporary_directory directory{true};
  auto path = directory / "log";
  auto log = open(sqlite_wal(path));
  write(*log, append(1, 1, 12'000, 1));
  value_of(log->compact(partition_id{1}, at(11'000, 1)));
  CAF_CHECK_EQUAL(entries_in(path), 7000u);
  log = nullptr;
  log = open(sqlite_wal(path)); // what is left is found again
  auto vote = partition_write{};
  vote.partition = partition_id{1};
  vote.state = hard_state{raft_term{9}, node_id{1}};
  write(*log, vote);
  CAF_CHECK_EQUAL(entries_in(path), 7000u);
  std::uint64_t writes = 0;
  for (auto before = entries_in(path); before > 1000 + writes; ++writes) {
    write(*log, append(1, 12'001 + writes, 12'001 + writes, 1));
    auto after = entries_in(path);
    CAF_REQUIRE(after < before && before - after <= 101);
    before = after;
  }
  CAF_MESSAGE("the rest was gone after " << writes << " writes");
  CAF_CHECK(holds(*log, 1, make_entries(11'001, 12'000 + writes, 1)));
}

CAF_TEST(a compaction of large entries erases some megabytes at once) {
  temporary_directory directory{true};
  auto path = directory / "log";
  auto log = open(sqlite_wal(path));
  constexpr std::size_t megabyte = std::size_t{1} << 20;
  for (std::uint64_t i = 1; i <= 30; ++i)
    write(*log, append(1, i, i, 1, megabyte));
  value_of(log->compact(partition_id{1}, at(29, 1)));
  CAF_CHECK_EQUAL(entries_in(path), 22u);
  for (std::uint64_t i = 31; i <= 34; ++i)
    write(*log, append(1, i, i, 1, megabyte));
  CAF_CHECK_EQUAL(entries_in(path), 5u);
  CAF_CHECK(holds(*log, 1, make_entries(30, 34, 1, megabyte)));
}

CAF_TEST(a log that replaces another one leaves the erasing of it to later writes) {
  temporary_directory directory{true};
  auto path = directory / "log";
  auto log = open(sqlite_wal(path));
  write(*log, append(1, 1, 12'000, 1));
  partition_write x;
  x.partition = partition_id{1};
  x.install = snapshot_boundary{at(20'000, 2), false, {}, {}};
  write(*log, x);
  CAF_CHECK_EQUAL(entries_in(path), 7000u);
  CAF_CHECK(holds(*log, 1, {}));
  value_of(log->drop(partition_id{1}));
  CAF_CHECK_EQUAL(entries_in(path), 0u);
}
