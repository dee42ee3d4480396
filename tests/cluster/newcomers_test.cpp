// A node with an empty log, while a voter of the past never answers: it votes if it is new for certain, and not otherwise.
#define CAF_SUITE cluster_members
#include <algorithm>

#include "tests/cluster/member_steps.hpp"

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

/// How many partitions of a node neither vote nor campaign.
std::size_t fenced_at(keyed_cluster& x, std::size_t number) {
  auto status = x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(number), get_status{}));
  return static_cast<std::size_t>(std::ranges::count_if(status.partitions, &partition_status::fenced));
}

void remove_for_good(keyed_cluster& x, std::size_t number) {
  if (x.nodes->is_up(number))
    x.nodes->crash(number);
  auto removed = change_of(x, 1, remove_member(node_id{number}));
  for (auto tries = 0; removed.code == status::proposal_timeout && tries < 5; ++tries) // it may have been asked itself
    removed = change_of(x, 1, remove_member(node_id{number}));
  CAF_REQUIRE_EQUAL(removed.reason, "");
}

/// The node has lost all that it had, and starts.
void start_wiped(keyed_cluster& x, std::size_t number) {
  *x.disks[number - 1] = {};
  x.nodes->set_log(number, memory_wal());
  CAF_REQUIRE(x.nodes->start(number).ok());
}

bool is_first_time(keyed_cluster& x, std::size_t number) {
  auto known = x.roster();
  const auto* found = known.find(node_id{number});
  CAF_REQUIRE(found != nullptr);
  return found->first_time;
}

} // namespace

CAF_TEST(a new node votes in the place of one that never comes back) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .partitions = 3}};
    x.begin_writer("a");
    CAF_REQUIRE(writes_on(x, 20));
    remove_for_good(x, 3);
    CAF_REQUIRE(x.wait_for_voters({1, 2}));
    auto number = grow(x);
    CAF_REQUIRE(x.wait_for_voters({1, 2, number}));
    CAF_CHECK(is_first_time(x, number));
    CAF_CHECK(x.run([&] { return fenced_at(x, number) == 0; }, 10s));
    x.nodes->crash(2);
    CAF_CHECK(writes_on(x, 50));
    x.end_writers();
    x.check();
  }
}

CAF_TEST(a partition that the new node has known for long does not keep it from voting either) {
  keyed_cluster x{{.seed = 5, .partitions = 3}};
  x.begin_writer("a");
  auto number = x.add_node();
  CAF_REQUIRE(x.nodes->start(number).ok());
  CAF_REQUIRE(x.run([&] { return x.roster().find(node_id{number}) != nullptr; }, 60s));
  x.nodes->crash(3); // some partitions of the new node have asked it, and some have not
  CAF_CHECK(join_of(x, number).code == status::success);
  CAF_CHECK(x.run([&] { return fenced_at(x, number) == 0; }, 10s));
  remove_for_good(x, 3);
  CAF_REQUIRE(x.wait_for_voters({1, 2, number}));
  x.nodes->crash(2);
  CAF_CHECK(writes_on(x, 50));
  x.end_writers();
  x.check();
}

CAF_TEST(a new node stays one that votes when it starts again) {
  keyed_cluster x{{.seed = 6, .partitions = 3}};
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 20));
  remove_for_good(x, 3);
  auto number = x.add_node();
  for (auto round = 0; round < 3; ++round) { // wherever it is on its way
    CAF_REQUIRE(x.nodes->start(number).ok());
    CAF_CHECK(writes_on(x, 20));
    x.nodes->crash(number);
  }
  CAF_REQUIRE(x.nodes->start(number).ok());
  CAF_CHECK(join_of(x, number).code == status::success);
  CAF_REQUIRE(x.wait_for_voters({1, 2, number}));
  CAF_CHECK(x.run([&] { return fenced_at(x, number) == 0; }, 10s));
  x.nodes->crash(2);
  CAF_CHECK(writes_on(x, 50));
  x.end_writers();
  x.check();
}

CAF_TEST(a node that was new once and has lost its disk waits for the voter that is away) {
  keyed_cluster x{{.seed = 7, .partitions = 3}};
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 20));
  remove_for_good(x, 3);
  CAF_REQUIRE(x.wait_for_voters({1, 2}));
  auto number = grow(x);
  CAF_REQUIRE(x.wait_for_voters({1, 2, number}));
  CAF_REQUIRE(x.run([&] { return fenced_at(x, number) == 0; }, 10s));
  x.nodes->crash(number);
  x.nodes->crash(2);
  start_wiped(x, number); // nobody can take note of its other disk; all that it hears is that it was new once
  CAF_CHECK(!x.run([&] { return fenced_at(x, number) == 0; }, 20s));
  CAF_CHECK(is_first_time(x, number));
  CAF_REQUIRE(x.nodes->start(2).ok());
  CAF_CHECK(x.run([&] { return !is_first_time(x, number); }, 30s));
  CAF_CHECK(!x.run([&] { return fenced_at(x, number) == 0; }, 60s));
  CAF_REQUIRE(x.nodes->start(3).ok()); // what it had voted for, node 3 may know
  CAF_CHECK(x.run([&] { return fenced_at(x, number) == 0; }, 60s));
  CAF_CHECK(x.wait_for_voters({1, 2, 3, number}));
  x.end_writers();
  x.check();
}

CAF_TEST(who was a member before and comes with an empty disk is not new) {
  keyed_cluster x{{.seed = 8, .nodes = 4, .partitions = 2}};
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 20));
  auto number = grow(x);
  remove_for_good(x, 4);
  remove_for_good(x, number);
  CAF_REQUIRE(x.wait_for_voters({1, 2, 3}));
  start_wiped(x, number);
  CAF_REQUIRE(x.run([&] { return x.roster().find(node_id{number}) != nullptr; }, 60s));
  CAF_CHECK(!is_first_time(x, number));
  CAF_CHECK(!x.run([&] { return fenced_at(x, number) == 0; }, 60s));
  x.end_writers();
}
