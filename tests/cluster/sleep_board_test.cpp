/// Who is told the time, and how often.
#define CAF_SUITE sleep_board

#include "actors/partition/actor/sleep_board.hpp"

#include <caf/test/unit_test.hpp>

#include "kommander/testing/virtual_scheduler.hpp"

using namespace kommander;

namespace {

constexpr partition_id p{1};

caf::actor_system_config& with_virtual_time(caf::actor_system_config& x) {
  x.set("scheduler.policy", caf::atom("testing"));
  return x;
}

/// Something that is awake and counts its ticks.
struct fixture {
  fixture() : system{with_virtual_time(config)}, scheduler{system, 1} {
    auto count = [this] {
      ++ticks;
      told->store(false);
    };
    actor = system.spawn([count]() -> caf::behavior { return {[count](const partition_tick&) { count(); }}; });
    board.wake(p, caf::actor_cast<caf::weak_actor_ptr>(actor), told);
  }

  caf::actor_system_config config;
  caf::actor_system system;
  testing::virtual_scheduler scheduler;
  tick_flag told = std::make_shared<std::atomic<bool>>(false);
  sleep_board board;
  caf::actor actor;
  int ticks = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(sleep_board_tests, fixture)

CAF_TEST(who has not heard the last tick gets no other one) {
  for (int i = 0; i < 5; ++i)
    board.tick();
  scheduler.settle();
  CAF_CHECK_EQUAL(ticks, 1);
  for (int i = 0; i < 3; ++i) {
    board.tick();
    scheduler.settle();
  }
  CAF_CHECK_EQUAL(ticks, 4);
}

CAF_TEST(who sleeps is told nothing until it wakes) {
  board.tick(); // is on its way when the partition falls asleep
  CAF_CHECK(board.sleep(p, {}));
  board.tick();
  scheduler.settle();
  CAF_CHECK_EQUAL(ticks, 1);
  board.wake(p, caf::actor_cast<caf::weak_actor_ptr>(actor), told);
  board.tick();
  scheduler.settle();
  CAF_CHECK_EQUAL(ticks, 2);
}

CAF_TEST_FIXTURE_SCOPE_END()
