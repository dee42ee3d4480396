// What may leave the log, and when: the state machine, the kept state and holds each have a say.
#define CAF_SUITE compaction
#include <caf/test/unit_test.hpp>

#include "actors/partition/compaction_core.hpp"

using namespace kommander;

namespace {

constexpr compaction_options often{.every_operations = 100, .every_bytes = 10'000, .entries_max = 40};

log_index at(std::uint64_t x) {
  return log_index{x};
}

kept_state state_at(std::uint64_t index) {
  return {log_index{index}, bytes{std::to_string(index)}};
}

compaction_core reporting(std::uint64_t durable = 0) {
  return compaction_core{often, {{}, {}, {}, at(durable)}};
}

compaction_core silent() {
  return compaction_core{often, {{}, {}, {}, {}}};
}

/// Carries out all steps that are due, and gives where the log begins afterwards.
std::uint64_t carry_out(compaction_core& core, std::uint64_t boundary = 0) {
  while (auto step = core.next()) {
    if (step->up_to)
      boundary = step->up_to.value();
    CAF_REQUIRE(boundary <= core.kept().value());
    core.ended(at(boundary));
  }
  return boundary;
}

} // namespace

CAF_TEST(nothing ever goes without a checkpoint or a machine that reports) {
  auto core = silent();
  core.committed(1000, 1'000'000);
  CAF_CHECK(!core.wants_capture());
  core.capture(state_at(1000));
  core.handled(at(1000), {});
  CAF_CHECK(!core.next());
}

CAF_TEST(a checkpoint lets go of what is before it when the machine has answered for it) {
  auto core = silent();
  core.committed(100, 0);
  core.checkpoint_at(at(80));
  core.capture(state_at(80));
  core.handled(at(79), {});
  CAF_CHECK(!core.next());
  core.handled(at(100), {});
  auto step = core.next();
  CAF_REQUIRE(step.has_value());
  CAF_CHECK(step->keep == state_at(80));
  CAF_CHECK_EQUAL(step->up_to.value(), 40u); // entries_max
  CAF_CHECK(!core.next());                   // one step at a time
  core.ended(at(40));
  CAF_CHECK_EQUAL(carry_out(core, 40), 80u);
}

CAF_TEST(the state is kept at each checkpoint though no pass is due) {
  auto core = silent();
  core.committed(5, 0);
  core.checkpoint_at(at(5));
  core.capture(state_at(5));
  core.handled(at(5), {});
  auto step = core.next();
  CAF_REQUIRE(step.has_value());
  CAF_CHECK(step->keep == state_at(5));
  CAF_CHECK(!step->up_to);
  core.ended({});
  CAF_CHECK(!core.next());
}

CAF_TEST(a pass begins after so many entries or so many bytes) {
  for (auto by_bytes : {false, true}) {
    auto core = reporting();
    auto grow = [&](std::uint64_t share) { by_bytes ? core.committed(1, 100 * share) : core.committed(share, 0); };
    grow(99);
    CAF_CHECK(!core.wants_capture());
    grow(1);
    CAF_CHECK(core.wants_capture());
    core.capture(state_at(30));
    CAF_CHECK(!core.wants_capture());
    core.handled(at(30), at(30));
    CAF_CHECK_EQUAL(carry_out(core), 30u);
    grow(99);
    core.checkpoint_at(at(31));
    core.capture(state_at(31));
    core.handled(at(31), at(31));
    CAF_CHECK_EQUAL(carry_out(core, 30), 30u); // kept, but the next pass is not due
    CAF_CHECK_EQUAL(core.kept().value(), 31u);
    grow(1);
    CAF_CHECK_EQUAL(carry_out(core, 30), 31u);
  }
}

CAF_TEST(a machine that lags with its own durability holds a checkpoint back) {
  auto core = reporting();
  core.committed(200, 0);
  for (auto i : {50, 100, 150})
    core.capture(state_at(i));
  core.checkpoint_at(at(100));
  core.handled(at(150), at(60));
  CAF_CHECK_EQUAL(carry_out(core), 50u);
  core.committed(100, 0);
  core.handled(at(150), at(150));
  CAF_CHECK_EQUAL(carry_out(core, 50), 100u); // now the checkpoint does
  CAF_CHECK_EQUAL(core.captures(), 1u);
}

CAF_TEST(a machine that claims more than it was given is not believed) {
  auto core = reporting();
  core.committed(100, 0);
  core.capture(state_at(50));
  core.handled(at(10), at(1000));
  CAF_CHECK(!core.next());
}

CAF_TEST(what a machine held before the start counts at once) {
  compaction_core core{often, {{}, at(10), {}, at(90)}};
  core.committed(100, 0);
  core.capture(state_at(80));
  CAF_CHECK_EQUAL(carry_out(core), 80u); // entries up to 90 are not even delivered again
}

CAF_TEST(few captures wait and the oldest is among them) {
  auto core = reporting();
  core.committed(100, 0);
  for (auto i : {10, 20, 30, 40, 50, 60})
    core.capture(state_at(i));
  CAF_CHECK_EQUAL(core.captures(), 4u);
  core.handled(at(60), at(15));
  CAF_CHECK_EQUAL(carry_out(core), 10u);
  core.handled(at(60), at(60));
  carry_out(core, 10);
  CAF_CHECK_EQUAL(core.kept().value(), 60u);
}

CAF_TEST(holds keep entries but not the state from being written) {
  auto core = reporting();
  core.hold(1, at(30));
  core.hold(2, at(21));
  core.committed(100, 0);
  core.capture(state_at(90));
  core.handled(at(100), at(100));
  CAF_CHECK_EQUAL(carry_out(core), 20u);
  CAF_CHECK_EQUAL(core.kept().value(), 90u);
  core.release(2);
  core.committed(100, 0);
  CAF_CHECK_EQUAL(carry_out(core, 20), 29u);
  core.hold(1, at(60)); // in place of the one before
  core.committed(100, 0);
  CAF_CHECK_EQUAL(carry_out(core, 29), 59u);
  core.release(1);
  CAF_CHECK_EQUAL(core.holds(), 0u);
  core.committed(100, 0);
  CAF_CHECK_EQUAL(carry_out(core, 59), 90u);
}

CAF_TEST(a pass that something else holds up ends and the next one tries again) {
  auto core = reporting();
  core.committed(100, 0);
  core.capture(state_at(30));
  core.handled(at(100), at(100));
  auto step = core.next();
  CAF_REQUIRE(step.has_value());
  CAF_CHECK_EQUAL(step->up_to.value(), 30u);
  core.ended({}); // a transfer needs all of it
  CAF_CHECK(!core.next());
  core.committed(100, 0);
  CAF_CHECK_EQUAL(carry_out(core), 30u);
}

CAF_TEST(a proposal that is larger than a step goes as a whole) {
  auto core = reporting();
  core.committed(100, 0);
  core.capture(state_at(95));
  core.handled(at(100), at(100));
  CAF_CHECK_EQUAL(core.next()->up_to.value(), 40u);
  core.ended({});
  CAF_CHECK_EQUAL(core.next()->up_to.value(), 80u);
  core.ended(at(70));
  CAF_CHECK_EQUAL(carry_out(core, 70), 95u);
}

CAF_TEST(after an import everything begins anew behind it) {
  auto core = reporting();
  core.committed(500, 0);
  core.checkpoint_at(at(40));
  core.capture(state_at(40));
  core.installed(at(1000), at(900));
  CAF_CHECK_EQUAL(core.kept().value(), 1000u);
  CAF_CHECK_EQUAL(core.checkpoint().value(), 900u);
  CAF_CHECK_EQUAL(core.captures(), 0u);
  CAF_CHECK(!core.next());
  core.committed(100, 0);
  core.checkpoint_at(at(1100));
  core.capture(state_at(1100));
  core.handled(at(1100), at(1100));
  CAF_CHECK_EQUAL(carry_out(core, 1000), 1100u);
}
