#define CAF_SUITE commit_meter

#include "actors/partition/commit_meter.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

CAF_TEST(a partition without proposals has no rates) {
  commit_meter meter;
  auto rates = meter.look(5s);
  CAF_CHECK(rates.operations_per_second == 0);
  CAF_CHECK(rates.wait_p50 == 0s && rates.wait_p99 == 0s);
}

CAF_TEST(the rate is that of the last ten seconds) {
  commit_meter meter;
  for (auto i = 0; i < 20; ++i)
    meter.committed(instant{100s} + i * 500ms, 1ms, 5);
  CAF_CHECK(meter.look(109s + 999ms).operations_per_second == 10);
  CAF_CHECK(meter.look(114s).operations_per_second == 5);
  CAF_CHECK(meter.look(120s).operations_per_second == 0);
}

CAF_TEST(a slot that comes round again forgets what it held) {
  commit_meter meter;
  meter.committed(100s, 1ms, 1000);
  meter.committed(110s, 1ms, 10);
  CAF_CHECK(meter.look(110s).operations_per_second == 1);
}

CAF_TEST(quantiles of the wait are at most half an octave above the truth) {
  commit_meter meter;
  for (auto i = 0; i < 98; ++i)
    meter.committed(50s, 2ms, 1);
  meter.committed(50s, 300ms, 1);
  meter.committed(50s, 300ms, 1);
  auto rates = meter.look(51s);
  CAF_CHECK(rates.wait_p50 >= 2ms && rates.wait_p50 < 3ms);
  CAF_CHECK(rates.wait_p99 >= 300ms && rates.wait_p99 < 430ms);
}

CAF_TEST(a wait beyond every bucket counts in the last one) {
  commit_meter meter;
  meter.committed(50s, std::chrono::hours{1000}, 1);
  CAF_CHECK(meter.look(50s).wait_p99 > std::chrono::hours{1});
}
