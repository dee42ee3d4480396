// The log of slow operations: what is slow is said, but not often.
#define CAF_SUITE wal_scheduler
#include <caf/test/unit_test.hpp>

#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

#include "actors/wal_scheduler/slow_operation_log.hpp"

using namespace kommander;
using namespace std::chrono_literals;

namespace {

/// Catches what the component "slow_test" says.
struct slow_log_fixture {
  std::ostringstream text;

  slow_log_fixture() {
    auto logger =
      std::make_shared<spdlog::logger>("kommander.slow_test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
    logger->set_pattern("%v");
    spdlog::register_logger(logger);
  }

  ~slow_log_fixture() {
    spdlog::drop("kommander.slow_test");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(slow_operation_tests, slow_log_fixture)

CAF_TEST(what takes less than the limit is not said) {
  slow_operation_log log{"slow_test", "a step", 50ms, 1h};
  for (auto i = 0; i < 100; ++i)
    log.note(49ms);
  CAF_CHECK_EQUAL(text.str(), "");
}

CAF_TEST(many slow operations are said once in a period) {
  slow_operation_log log{"slow_test", "a step", 50ms, 1h};
  for (auto i = 0; i < 100; ++i)
    log.note(70ms);
  CAF_CHECK_EQUAL(text.str(), "a step took 70 ms (1 slow ones since the last such line)\n");
}

CAF_TEST(after the period the next line counts those that were not said) {
  slow_operation_log log{"slow_test", "a step", 50ms, 0ms};
  log.note(50ms);
  log.note(60ms);
  CAF_CHECK_EQUAL(text.str(), "a step took 50 ms (1 slow ones since the last such line)\n"
                              "a step took 60 ms (1 slow ones since the last such line)\n");
}

CAF_TEST_FIXTURE_SCOPE_END()
