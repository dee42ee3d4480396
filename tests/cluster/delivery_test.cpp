#include "actors/partition/delivery_core.hpp"

#define CAF_SUITE delivery
#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

std::vector<entry> entries(std::uint64_t first, std::initializer_list<entry_kind> kinds) {
  std::vector<entry> result;
  for (auto kind : kinds) {
    entry x;
    x.index = log_index{first++};
    x.kind = kind;
    result.push_back(std::move(x));
  }
  return result;
}

std::vector<std::uint64_t> indexes(const delivery_batch& x) {
  std::vector<std::uint64_t> result;
  for (const auto& e : x.entries)
    result.push_back(e.index.value());
  return result;
}

constexpr auto command = entry_kind::command;
constexpr auto noop = entry_kind::noop;

using numbers = std::vector<std::uint64_t>;

} // namespace

CAF_TEST(one message is outstanding at a time) {
  delivery_core core{replicated_state{log_index{0}}, log_index{0}};
  core.push(entries(1, {command, command}));
  auto first = core.next();
  CAF_REQUIRE(first.has_value());
  CAF_CHECK_EQUAL(indexes(*first), (numbers{1, 2}));
  core.push(entries(3, {command}));
  CAF_CHECK(!core.next());
  CAF_CHECK(core.handled() == log_index{0});
  core.answered();
  CAF_CHECK(core.handled() == log_index{2});
  auto second = core.next();
  CAF_REQUIRE(second.has_value());
  CAF_CHECK_EQUAL(indexes(*second), (numbers{3}));
}

CAF_TEST(entries that are not for the application need no message) {
  delivery_core core{replicated_state{log_index{0}}, log_index{0}};
  core.push(entries(1, {noop, noop}));
  CAF_CHECK(!core.next());
  CAF_CHECK(core.handled() == log_index{2});
}

CAF_TEST(what needs no message counts as handled only with what stands before it) {
  delivery_core core{replicated_state{log_index{0}}, log_index{0}};
  core.push(entries(1, {noop, command, noop, command, noop}));
  CAF_CHECK(core.handled() == log_index{1});
  auto batch = core.next();
  CAF_REQUIRE(batch.has_value());
  CAF_CHECK_EQUAL(indexes(*batch), (numbers{2, 4}));
  core.push(entries(6, {noop}));
  CAF_CHECK(core.handled() == log_index{1});
  core.answered();
  CAF_CHECK(core.handled() == log_index{6});
  CAF_CHECK(!core.next());
}

CAF_TEST(a message never mixes restored entries with new ones) {
  delivery_core core{replicated_state{log_index{4}}, log_index{6}};
  CAF_CHECK(!core.restored());
  core.push(entries(5, {command, command, command}));
  auto restored = core.next();
  CAF_REQUIRE(restored.has_value());
  CAF_CHECK(restored->restore);
  CAF_CHECK_EQUAL(indexes(*restored), (numbers{5, 6}));
  CAF_CHECK(!core.restored());
  core.answered();
  CAF_CHECK(core.restored());
  auto later = core.next();
  CAF_REQUIRE(later.has_value());
  CAF_CHECK(!later->restore);
  CAF_CHECK_EQUAL(indexes(*later), (numbers{7}));
}

CAF_TEST(a restore that ends with a silent entry ends without a message) {
  delivery_core core{replicated_state{log_index{0}}, log_index{2}};
  core.push(entries(1, {command, noop}));
  auto batch = core.next();
  CAF_REQUIRE(batch.has_value());
  CAF_CHECK_EQUAL(indexes(*batch), (numbers{1}));
  core.answered();
  CAF_CHECK(core.restored());
}

CAF_TEST(nothing to restore is restored from the start) {
  CAF_CHECK((delivery_core{replicated_state{log_index{3}}, log_index{3}}.restored()));
}

CAF_TEST(what the state machine holds already is not delivered again) {
  delivery_core core{replicated_state{log_index{0}}, log_index{0}};
  core.push(entries(1, {command, command, command, command}));
  core.skip_until(log_index{2});
  CAF_CHECK(core.handled() == log_index{2});
  auto batch = core.next();
  CAF_REQUIRE(batch.has_value());
  CAF_CHECK_EQUAL(indexes(*batch), (numbers{3, 4}));
}

CAF_TEST(a state machine that is ahead of its log does not rest before the log has caught up) {
  delivery_core core{replicated_state{log_index{0}}, log_index{0}};
  core.skip_until(log_index{5});
  CAF_CHECK(core.is_ahead());
  CAF_CHECK(!core.rests());
  core.push(entries(1, {command, command, command, command}));
  CAF_CHECK(core.handled() == log_index{4});
  CAF_CHECK(!core.rests());
  core.push(entries(5, {command, command}));
  CAF_CHECK(!core.rests());
  CAF_CHECK_EQUAL(indexes(*core.next()), (numbers{6}));
  core.answered();
  CAF_CHECK(core.rests());
}

CAF_TEST(after an import delivery goes on behind it even if the machine was ahead before) {
  delivery_core core{replicated_state{log_index{3}}, log_index{3}};
  core.skip_until(log_index{50});
  CAF_CHECK(core.taken_over() == log_index{0});
  core.installed(replicated_state{log_index{20}});
  CAF_CHECK(core.taken_over() == log_index{20}); // of entries up to there nobody knows what became
  CAF_CHECK(core.handled() == log_index{20});
  CAF_CHECK(core.rests());
  core.push(entries(21, {command}));
  CAF_CHECK_EQUAL(indexes(*core.next()), (numbers{21}));
}

CAF_TEST(what became of an entry is known until its proposer has been answered) {
  delivery_core core{replicated_state{}, log_index{0}};
  entry nonsense;
  nonsense.index = log_index{1};
  nonsense.kind = entry_kind::decision;
  core.push({nonsense});
  CAF_CHECK(core.handled() == log_index{1});
  core.push(entries(2, {entry_kind::checkpoint, command}));
  auto outcome = core.take_outcome(log_index{1});
  CAF_REQUIRE(outcome.has_value());
  CAF_CHECK(outcome->code == status::errored);
  CAF_CHECK(!core.take_outcome(log_index{1}));
  nonsense.index = log_index{4};
  core.push({nonsense});
  core.forget_outcomes(); // it is not handled yet
  core.next();
  core.answered();
  CAF_CHECK(core.handled() == log_index{4});
  core.forget_outcomes();
  CAF_CHECK(!core.take_outcome(log_index{4}));
}
