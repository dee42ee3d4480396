#define CAF_SUITE disk_watch

#include "actors/partition/disk_watch.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using std::chrono::milliseconds;

namespace {

constexpr instant timeout = milliseconds{1000};

struct fixture {
  disk_watch watch{timeout};
  instant now = milliseconds{5000};
  write_sequence last;

  void begin() {
    watch.began(++last, now);
  }

  bool pass(int ms) {
    now += milliseconds{ms};
    return watch.look(now);
  }

  void end() {
    watch.ended(last, now);
  }

  void write_in(int ms) {
    begin();
    now += milliseconds{ms};
    end();
    watch.look(now);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(disk_watch_tests, fixture)

CAF_TEST(a disk is calm while nothing is under way and it keeps up) {
  CAF_CHECK(watch.is_calm());
  begin();
  CAF_CHECK(!watch.is_calm());
  end();
  CAF_CHECK(watch.is_calm());
  write_in(1000);
  CAF_CHECK(!watch.is_calm()); // time makes it well again
  pass(10'000);
  CAF_CHECK(watch.is_calm());
}

CAF_TEST(a disk that answers in time is never stalled) {
  for (auto i = 0; i < 100; ++i)
    write_in(999);
  CAF_CHECK(!watch.stalled());
  CAF_CHECK(!pass(100'000));
  CAF_CHECK(!watch.stalled());
}

CAF_TEST(a write that is under way for the time out stalls the disk before it ends and is told once) {
  begin();
  CAF_CHECK(!pass(999));
  CAF_CHECK(pass(1));
  CAF_CHECK(watch.stalled());
  CAF_CHECK(watch.slowest(now) == timeout);
  CAF_CHECK(!pass(5000));
  CAF_CHECK(watch.stalled());
}

CAF_TEST(a write that took too long stalls the disk also if nobody looked meanwhile) {
  begin();
  now += milliseconds{3000};
  end();
  CAF_CHECK(watch.look(now));
  CAF_CHECK(watch.stalled());
  CAF_CHECK(watch.slowest(now) == milliseconds{3000});
}

CAF_TEST(the oldest write counts however many follow it) {
  begin();
  CAF_CHECK(!pass(600));
  begin();
  CAF_CHECK(pass(400));
  CAF_CHECK(watch.stalled());
}

CAF_TEST(a stalled disk is well after three quick writes in a row and not before) {
  write_in(2000);
  CAF_CHECK(watch.stalled());
  write_in(250);
  write_in(250);
  CAF_CHECK(watch.stalled());
  write_in(251); // neither slow nor quick: the count begins anew
  write_in(10);
  write_in(10);
  CAF_CHECK(watch.stalled());
  begin();
  now += milliseconds{10};
  end();
  CAF_CHECK(watch.look(now));
  CAF_CHECK(!watch.stalled());
}

CAF_TEST(a stalled disk is well when nothing was written for long but not while a write is under way) {
  begin();
  CAF_CHECK(pass(1000));
  CAF_CHECK(!pass(60'000));
  end();
  CAF_CHECK(!watch.look(now));
  CAF_CHECK(!pass(9999));
  CAF_CHECK(pass(1));
  CAF_CHECK(!watch.stalled());
}

CAF_TEST(writes that waited behind a slow one are no sign that the disk is well) {
  begin();
  now += milliseconds{990};
  for (auto i = 0; i < 5; ++i)
    begin();
  now += milliseconds{20};
  end(); // the first took 1010 ms, the others 20
  CAF_CHECK(watch.look(now));
  CAF_CHECK(watch.stalled());
  for (auto i = 0; i < 3; ++i)
    write_in(20);
  CAF_CHECK(!watch.stalled());
}

CAF_TEST_FIXTURE_SCOPE_END()
