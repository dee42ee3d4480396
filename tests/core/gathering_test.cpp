#define CAF_SUITE gathering
#include "actors/partition/gathering.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

struct fixture {
  gathering entries{1000};
  instant now{0};

  /// A write has left and is durable; `answered` proposals of it are answered.
  void round(std::size_t answered) {
    now += 1ms;
    entries.wrote(now);
    entries.answering(answered);
  }

  [[nodiscard]] bool holds(bool writing = false, bool unanswered = false) const {
    return entries.holds(now, writing, unanswered);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gathering_tests, fixture)

CAF_TEST(the first proposal waits for nothing) {
  now = 1s;
  entries.proposed(10);
  CAF_CHECK(!holds());
  CAF_CHECK(!entries.ask_for_turn());
}

CAF_TEST(entries wait for the write under way however many they are) {
  entries.proposed(5000);
  CAF_CHECK(holds(true));
}

CAF_TEST(entries wait for the answers to those before them) {
  round(0);
  entries.proposed(10);
  CAF_CHECK(holds(false, true));
  CAF_CHECK(!holds(false, false));
}

CAF_TEST(enough bytes do not wait for answers) {
  round(0);
  entries.proposed(999);
  CAF_CHECK(holds(false, true));
  entries.proposed(1);
  CAF_CHECK(!holds(false, true));
}

CAF_TEST(nothing waits longer than the time allowed after the last write) {
  round(3);
  entries.proposed(10);
  now += gathering::gather_time_max - 1us;
  CAF_CHECK(holds(false, true));
  CAF_CHECK(holds(false, false));
  now += 1us;
  CAF_CHECK(!holds(false, true));
  CAF_CHECK(!holds(false, false));
}

CAF_TEST(as many proposals as were answered are waited for) {
  round(2);
  entries.proposed(10);
  CAF_CHECK(holds());
  entries.proposed(10);
  CAF_CHECK(!holds());
}

CAF_TEST(a single caller who proposes again does not wait) {
  round(1);
  entries.proposed(10);
  CAF_CHECK(!holds());
  CAF_CHECK(!entries.ask_for_turn());
}

CAF_TEST(callers who do not come again are waited for a few turns) {
  round(5);
  CAF_CHECK(!entries.ask_for_turn()); // nothing waits yet
  entries.proposed(10);
  for (unsigned i = 0; i < gathering::turns_max; ++i) {
    CAF_CHECK(holds());
    CAF_CHECK(entries.ask_for_turn());
    CAF_CHECK(!entries.ask_for_turn()); // one at a time
    entries.turn_came();
  }
  CAF_CHECK(!holds());
  CAF_CHECK(!entries.ask_for_turn());
}

CAF_TEST(a turn asked for before the last write counts for the next wait) {
  round(5);
  entries.proposed(10);
  CAF_CHECK(entries.ask_for_turn());
  round(5);
  entries.proposed(10);
  CAF_CHECK(!entries.ask_for_turn());
  entries.turn_came();
  CAF_CHECK(holds());
  CAF_CHECK(entries.ask_for_turn());
}

CAF_TEST_FIXTURE_SCOPE_END()
