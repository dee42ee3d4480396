// What a node that joins tells its application.
#define CAF_SUITE join_tracker
#include <caf/test/unit_test.hpp>

#include "actors/coordinator/join_tracker.hpp"

using namespace kommander;
using std::chrono::milliseconds;

namespace {

progress_report close_in(std::uint64_t caught_up, std::uint64_t partitions) {
  return {status::success, node_id{1}, {}, caught_up, partitions};
}

} // namespace

CAF_TEST(a node that joins tells each news once and ends as a voter) {
  join_tracker x{true};
  CAF_CHECK((x.take_news() == join_progress{join_phase::asking, 0, 0, {}}));
  CAF_CHECK(!x.take_news());
  x.trouble("nobody is there");
  x.role(std::nullopt);
  CAF_CHECK((x.take_news() == join_progress{join_phase::asking, 0, 0, "nobody is there"}));
  x.role(member_role::learner);
  CAF_CHECK((x.take_news() == join_progress{join_phase::catching_up, 0, 0, {}}));
  x.trouble("a refusal of before"); // is over
  CAF_REQUIRE(x.take_question(milliseconds{100}));
  x.answered(close_in(1, 4));
  CAF_CHECK((x.take_news() == join_progress{join_phase::catching_up, 1, 4, {}}));
  x.role(member_role::voter);
  CAF_CHECK((x.take_news() == join_progress{join_phase::voter, 0, 0, {}}));
  x.answered(close_in(4, 4)); // late
  CAF_CHECK(!x.take_news() && !x.is_busy());
}

CAF_TEST(only the latest is told and a leader that does not know is a trouble) {
  join_tracker x{true};
  x.role(member_role::learner);
  CAF_REQUIRE(x.take_question(milliseconds{0}));
  x.answered(close_in(1, 4));
  CAF_REQUIRE(x.take_question(milliseconds{500}));
  x.answered(close_in(3, 4));
  CAF_REQUIRE(x.take_question(milliseconds{1000}));
  x.answered({status::node_is_not_leader, {}, "nobody leads", 0, 0});
  CAF_CHECK((x.take_news() == join_progress{join_phase::catching_up, 3, 4, "nobody leads"}));
  CAF_REQUIRE(x.take_question(milliseconds{1500}));
  x.answered(close_in(3, 4));
  CAF_CHECK((x.take_news() == join_progress{join_phase::catching_up, 3, 4, {}}));
}

CAF_TEST(one question is under way at a time and not too often) {
  join_tracker x{true};
  CAF_CHECK(!x.take_question(milliseconds{0}) && !x.is_busy()); // there is nobody to ask yet
  x.role(member_role::learner);
  CAF_CHECK(x.is_busy());
  CAF_CHECK(x.take_question(milliseconds{0}));
  CAF_CHECK(!x.take_question(milliseconds{5000}));
  x.answered(close_in(0, 1));
  CAF_CHECK(x.take_question(milliseconds{500}));
  x.answered(close_in(0, 1));
  CAF_CHECK(!x.take_question(milliseconds{999}));
}

CAF_TEST(an initial member tells nothing until it has to join anew) {
  join_tracker x{false};
  CAF_CHECK(!x.take_news());
  x.role(member_role::voter);
  CAF_CHECK(!x.take_news());
  x.role(member_role::leaving); // it was evicted
  CAF_CHECK(!x.take_news());
  x.role(std::nullopt);
  CAF_CHECK((x.take_news() == join_progress{join_phase::asking, 0, 0, {}}));
  x.role(member_role::learner);
  x.role(member_role::voter);
  CAF_CHECK((x.take_news() == join_progress{join_phase::voter, 0, 0, {}}));
}
