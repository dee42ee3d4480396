/// Hybrid logical clocks.
#define CAF_SUITE hlc

#include "kommander/hlc.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;

CAF_TEST(timestamps ascend whatever the wall clock does) {
  hybrid_clock clock{3};
  auto last = clock.issue(1000);
  CAF_CHECK_EQUAL(last.milliseconds(), 1000u);
  CAF_CHECK_EQUAL(last.counter(), 0u);
  CAF_CHECK_EQUAL(last.node, 3u);
  for (std::uint64_t wall : {1000, 1000, 999, 0, 1001, 1001, 5000, 10, 5000}) {
    auto next = clock.issue(wall);
    CAF_CHECK(next > last);
    CAF_CHECK(next.milliseconds() >= wall);
    last = next;
  }
}

CAF_TEST(what was observed lies before what is issued afterwards) {
  hybrid_clock here{1}, there{2};
  auto cause = there.issue(9000);
  here.observe(cause);
  auto effect = here.issue(50);
  CAF_CHECK(effect > cause);
  CAF_CHECK_EQUAL(effect.milliseconds(), 9000u);
  here.observe(there.issue(10));
  CAF_CHECK(here.issue(60) > effect);
}

CAF_TEST(a counter that overflows moves the time on) {
  constexpr auto counter_max = (std::uint64_t{1} << hlc_timestamp::counter_bits) - 1;
  hybrid_clock clock{1};
  hlc_timestamp seen{(std::uint64_t{700} << hlc_timestamp::counter_bits) | counter_max, 2};
  clock.observe(seen);
  auto next = clock.issue(700);
  CAF_CHECK(next > seen);
  CAF_CHECK_EQUAL(next.milliseconds(), 701u);
  CAF_CHECK_EQUAL(next.counter(), 0u);
}

CAF_TEST(a time that no clock can show is not followed) {
  hybrid_clock clock{1};
  auto before = clock.issue(1000);
  for (auto time : {~std::uint64_t{0}, (hlc_timestamp::milliseconds_max + 1) << hlc_timestamp::counter_bits}) {
    clock.observe({time, 2});
    auto next = clock.issue(1000);
    CAF_CHECK(next > before);
    CAF_CHECK_EQUAL(next.milliseconds(), 1000u);
    before = next;
  }
}

CAF_TEST(behind the last time that is believed there is room) {
  constexpr auto end = ((hlc_timestamp::milliseconds_max + 1) << hlc_timestamp::counter_bits) - 1;
  hybrid_clock clock{1};
  clock.observe({end, 2});
  auto last = clock.issue(1000);
  CAF_CHECK(last > (hlc_timestamp{end, 2}));
  for (auto wall : {~std::uint64_t{0}, std::uint64_t{1} << 42, hlc_timestamp::milliseconds_max, std::uint64_t{0}}) {
    auto next = clock.issue(wall);
    CAF_CHECK(next > last);
    last = next;
  }
  CAF_CHECK_EQUAL(hybrid_clock{1}.issue(~std::uint64_t{0}).milliseconds(), hlc_timestamp::milliseconds_max);
}

CAF_TEST(the node only breaks ties) {
  hybrid_clock one{1}, two{2};
  auto x = one.issue(100), y = two.issue(100);
  CAF_CHECK(x < y);
  CAF_CHECK(one.issue(100) > y);
  CAF_CHECK_EQUAL(to_string(x), "100.0@1");
}
