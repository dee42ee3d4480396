// The faults that a test can inject into the log in memory.
#define CAF_SUITE wal
#include <caf/test/unit_test.hpp>

#include "kommander/testing/memory_wal_faults.hpp"
#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

constexpr partition_id p1{1};

} // namespace

CAF_TEST(an injected write failure leaves nothing and lasts until it is healed) {
  auto store = make_memory_wal_store();
  log_under_test log{memory_wal(store)};
  fail_writes(*store, 1, "the disk is on fire");
  write(*log, append(1, 1, 2, 1));
  for (int i = 0; i < 2; ++i) {
    auto written = log->write(std::vector{append(1, 3, 4, 1), append(2, 1, 1, 1)});
    CAF_REQUIRE(!written.ok());
    CAF_CHECK(written.error().code == status::storage_failed);
    CAF_CHECK(written.error().message.find("the disk is on fire") != std::string::npos);
  }
  CAF_CHECK_EQUAL(recover(*log, 1).last.value(), 2u);
  CAF_CHECK_EQUAL(recover(*log, 2).last.value(), 0u);
  heal(*store);
  write(*log, append(1, 3, 4, 1));
  CAF_CHECK_EQUAL(recover(*log, 1).last.value(), 4u);
}

CAF_TEST(an injected read failure is reported) {
  auto store = make_memory_wal_store();
  log_under_test log{memory_wal(store)};
  write(*log, append(1, 1, 2, 1));
  fail_reads(*store, 0, "unreadable");
  auto found = log->read(p1, log_index{1}, log_index{2}, SIZE_MAX);
  CAF_REQUIRE(!found.ok());
  CAF_CHECK(found.error().message.find("unreadable") != std::string::npos);
  CAF_CHECK(!log->recover(p1).ok());
  heal(*store);
  CAF_CHECK(log->read(p1, log_index{1}, log_index{2}, SIZE_MAX).ok());
}
