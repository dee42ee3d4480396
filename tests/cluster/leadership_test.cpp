#include "actors/raft/leadership_core.hpp"

#define CAF_SUITE leadership
#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr node_id self{1};
constexpr node_id other{2};
constexpr partition_id p{1};

leadership following(node_id who, std::uint64_t term, bool settled = true) {
  return {who, raft_term{term}, settled, false, true};
}

leadership leading(std::uint64_t term, bool ready) {
  return {self, raft_term{term}, ready, ready, true};
}

/// Partitions 0 and 1, and there are no others.
struct fixture {
  leadership_core core{self};

  fixture() {
    core.add(partition_id{0});
    core.add(p);
    core.know_all();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(leadership_tests, fixture)

CAF_TEST(a new leader is published once) {
  auto news = core.update(p, following(other, 3), 0s);
  CAF_REQUIRE(news.has_value());
  CAF_CHECK(*news == (published_leader{p, other, raft_term{3}}));
  CAF_CHECK(!core.update(p, following(other, 3), 1s));
}

CAF_TEST(the same leader in a new term is news) {
  core.update(p, following(other, 3), 0s);
  CAF_CHECK(core.update(p, following(other, 4), 1s).has_value());
}

CAF_TEST(this node is published only when it is ready) {
  CAF_CHECK(!core.update(p, leading(5, false), 0s));
  auto news = core.update(p, leading(5, true), 1s);
  CAF_REQUIRE(news.has_value());
  CAF_CHECK(news->leader == self);
}

CAF_TEST(a lost leader is published as nobody) {
  core.update(p, following(other, 3), 0s);
  auto news = core.update(p, leading(4, false), 1s);
  CAF_REQUIRE(news.has_value());
  CAF_CHECK(!news->leader);
  CAF_CHECK(core.published().empty());
}

CAF_TEST(a term without a leader is no news) {
  CAF_CHECK(!core.update(p, following(node_id{}, 3, false), 0s));
  CAF_CHECK(!core.update(p, following(node_id{}, 4, false), 0s));
}

CAF_TEST(partitions that do not exist are ignored) {
  CAF_CHECK(!core.update(partition_id{2}, following(other, 3), 0s));
  CAF_CHECK(core.find(partition_id{2}) == nullptr);
  CAF_CHECK(!core.fail(partition_id{2}, "x"));
}

CAF_TEST(a wait ends at once if the leader is settled) {
  core.update(p, following(other, 3), 0s);
  core.wait(waiter_id{1}, p, 0s, 10s);
  auto answers = core.take_answers(1s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].code == status::success);
  CAF_CHECK(answers[0].leader == other);
  CAF_CHECK(answers[0].term == raft_term{3});
  CAF_CHECK(core.take_answers(2s).empty());
}

CAF_TEST(a wait does not end with a leader that has not committed in its term) {
  core.update(p, following(other, 3, false), 0s);
  core.wait(waiter_id{1}, p, 0s, 10s);
  CAF_CHECK(core.take_answers(1s).empty());
  core.update(p, following(other, 3, true), 2s);
  CAF_CHECK_EQUAL(core.take_answers(2s).size(), 1u);
}

CAF_TEST(stability counts from when the leader was settled and starts anew with a new one) {
  core.update(p, following(other, 3), 1s);
  core.wait(waiter_id{1}, p, 2s, 20s);
  CAF_CHECK(core.take_answers(2s).empty());
  core.update(p, following(node_id{3}, 4), 2500ms);
  CAF_CHECK(core.take_answers(3s).empty());
  core.update(p, following(node_id{3}, 4), 4s); // the same again does not
  CAF_CHECK_EQUAL(core.take_answers(4500ms).size(), 1u);
}

CAF_TEST(a wait ends when its time is up and names who is known) {
  core.update(p, following(other, 3, false), 0s);
  core.wait(waiter_id{1}, p, 0s, 10s);
  CAF_CHECK(core.take_answers(9999ms).empty());
  auto answers = core.take_answers(10s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].code == status::proposal_timeout);
  CAF_CHECK(answers[0].leader == other);
}

CAF_TEST(a wait for a partition that has stopped says why) {
  core.wait(waiter_id{1}, p, 0s, 10s);
  core.fail(p, "the disk is gone");
  auto answers = core.take_answers(1s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].code == status::errored);
  CAF_CHECK_EQUAL(answers[0].reason, "the disk is gone");
}

CAF_TEST(a wait for all ends with the last partition) {
  core.wait_for_all(waiter_id{7}, 10s);
  core.update(partition_id{0}, following(other, 1), 0s);
  CAF_CHECK(core.take_answers(1s).empty());
  auto restoring = following(other, 1);
  restoring.restored = false;
  core.update(p, restoring, 1s);
  CAF_CHECK(core.take_answers(1s).empty());
  core.update(p, following(other, 1), 2s);
  auto answers = core.take_answers(2s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].id == waiter_id{7});
  CAF_CHECK(answers[0].code == status::success);
}

CAF_TEST(a wait for all does not end before all partitions are known) {
  leadership_core young{self};
  young.add(partition_id{0});
  young.update(partition_id{0}, following(other, 1), 0s);
  young.wait_for_all(waiter_id{7}, 10s);
  CAF_CHECK(young.take_answers(1s).empty());
  young.add(p);
  young.know_all();
  CAF_CHECK(young.take_answers(2s).empty());
  young.update(p, following(other, 1), 3s);
  CAF_CHECK_EQUAL(young.take_answers(3s).size(), 1u);
}

CAF_TEST(a wait for all counts a partition that loses its leader and one that is removed) {
  core.update(partition_id{0}, following(other, 1), 0s);
  core.update(p, following(other, 1), 0s);
  core.update(p, following(node_id{}, 2, false), 1s);
  core.wait_for_all(waiter_id{7}, 10s);
  CAF_CHECK(core.take_answers(1s).empty());
  core.remove(p);
  CAF_CHECK_EQUAL(core.take_answers(2s).size(), 1u);
}

CAF_TEST(a wait for all says which partition has stopped) {
  core.wait_for_all(waiter_id{7}, 10s);
  core.fail(p, "the disk is gone");
  auto answers = core.take_answers(1s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].code == status::errored);
  CAF_CHECK_EQUAL(answers[0].reason, "the disk is gone");
}

CAF_TEST(a partition that is removed is published as nobody and who waits for it is told) {
  core.update(p, following(other, 3), 0s);
  core.wait(waiter_id{1}, p, 5s, 10s);
  auto news = core.remove(p);
  CAF_REQUIRE(news.has_value());
  CAF_CHECK(!news->leader);
  auto answers = core.take_answers(1s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].code == status::unknown_partition);
  CAF_CHECK(core.find(p) == nullptr);
  CAF_CHECK(!core.update(p, following(other, 4), 2s)); // what was on its way
  CAF_CHECK(core.published().empty());
  CAF_CHECK(!core.remove(p));
}

CAF_TEST(a partition that is removed leaves no failure behind) {
  core.fail(p, "the disk is gone");
  CAF_CHECK_EQUAL(core.failures().size(), 1u);
  core.remove(p);
  CAF_CHECK(core.failures().empty());
}

CAF_TEST(who waits for a partition that may yet appear waits until all are known) {
  leadership_core young{self};
  young.add(partition_id{0});
  young.wait(waiter_id{1}, p, 0s, 10s);
  young.wait(waiter_id{2}, partition_id{9}, 0s, 10s);
  young.wait(waiter_id{3}, partition_id{8}, 0s, 2s);
  CAF_CHECK(young.take_answers(1s).empty());
  auto late = young.take_answers(2s);
  CAF_REQUIRE_EQUAL(late.size(), 1u);
  CAF_CHECK(late[0].code == status::proposal_timeout);
  young.add(p);
  young.know_all();
  auto answers = young.take_answers(3s);
  CAF_REQUIRE_EQUAL(answers.size(), 1u);
  CAF_CHECK(answers[0].id == waiter_id{2});
  CAF_CHECK(answers[0].code == status::unknown_partition);
  young.update(p, following(other, 1), 4s);
  CAF_CHECK_EQUAL(young.take_answers(4s).size(), 1u);
}

CAF_TEST(all waits can be ended) {
  core.wait(waiter_id{1}, p, 0s, 10s);
  core.wait_for_all(waiter_id{2}, 10s);
  CAF_CHECK_EQUAL(core.end_all(status::stopping, "stop").size(), 2u);
  CAF_CHECK(core.take_answers(20s).empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
