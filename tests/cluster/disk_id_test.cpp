/// By what a node knows its disk again.
#define CAF_SUITE disk_id

#include "actors/raft/disk_id.hpp"

#include <set>

#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

std::unique_ptr<wal> new_log() {
  auto opened = memory_wal()();
  CAF_REQUIRE(opened);
  return std::move(*opened);
}

std::uint64_t disk_of(wal& log) {
  auto x = bind_disk(log);
  CAF_REQUIRE(x);
  return *x;
}

} // namespace

CAF_TEST(a disk keeps its id and each has its own) {
  std::set<std::uint64_t> seen{0};
  for (int i = 0; i < 100; ++i) {
    auto log = new_log();
    auto first = disk_of(*log);
    CAF_CHECK(seen.insert(first).second);
    CAF_CHECK_EQUAL(disk_of(*log), first);
  }
}

CAF_TEST(the id is in the log before anybody hears of it) {
  auto log = new_log();
  CAF_REQUIRE(log->set_metadata(disk_id_key, "0123456789abcdef"));
  CAF_CHECK_EQUAL(disk_of(*log), 0x0123456789abcdefu);
  auto other = new_log();
  auto id = disk_of(*other);
  auto stored = other->get_metadata(disk_id_key);
  CAF_REQUIRE(stored);
  CAF_CHECK_EQUAL(std::stoull(*stored, nullptr, 16), id);
}

CAF_TEST(what is no id is refused) {
  for (const auto* text : {"0000000000000000", "1", "0123456789abcdefa", "0123456789abcdex", "-123456789abcdef", "x"}) {
    auto log = new_log();
    CAF_REQUIRE(log->set_metadata(disk_id_key, text));
    CAF_CHECK(!bind_disk(*log));
  }
}
