// Nodes that join, leave, are removed and come back, while clients write.
#define CAF_SUITE cluster_members
#include <caf/test/unit_test.hpp>

#include "tests/cluster/member_steps.hpp"

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

CAF_TEST(a node that joins under writes becomes a voter that holds everything) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .partitions = 3}};
    x.begin_writer("a");
    x.begin_writer("b");
    CAF_REQUIRE(writes_on(x, 50));
    auto number = grow(x);
    CAF_CHECK(x.wait_for_voters({1, 2, 3, number}));
    CAF_CHECK(x.roster().find(node_id{number})->role == member_role::voter);
    CAF_CHECK(writes_on(x, 50));
    x.end_writers();
    x.check();
  }
}

CAF_TEST(the new voter counts when an old one is gone) {
  keyed_cluster x{{.seed = 5, .nodes = 1, .partitions = 2}};
  x.begin_writer("a");
  auto second = grow(x);
  auto third = grow(x);
  CAF_CHECK(x.wait_for_voters({1, second, third}));
  x.nodes->crash(1);
  CAF_CHECK(writes_on(x, 50));
  CAF_REQUIRE(x.nodes->start(1).ok());
  CAF_CHECK(x.wait_for_voters({1, second, third}));
  x.end_writers();
  x.check();
}

CAF_TEST(a node that leaves hands over what it leads and is in no group any more) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .nodes = 4, .partitions = 3}};
    x.begin_writer("a");
    CAF_REQUIRE(writes_on(x, 20));
    auto leaves = x.nodes->leader_of(partition_id{0});
    auto left = change_of(x, leaves, leave_cluster());
    CAF_CHECK_EQUAL(left.reason, "");
    CAF_CHECK(left.code == status::success);
    std::vector<std::size_t> others;
    for (std::size_t i = 1; i <= 4; ++i)
      if (i != leaves)
        others.push_back(i);
    CAF_CHECK(x.wait_for_voters(others));
    CAF_CHECK(x.nodes->stop(leaves).code == status::success);
    CAF_CHECK(writes_on(x, 20));
    auto again = x.nodes->start(leaves);
    CAF_REQUIRE(!again.ok());
    CAF_CHECK_NOT_EQUAL(again.error().message.find("has left its cluster"), std::string::npos);
    x.end_writers();
    x.check();
  }
}

CAF_TEST(the only node of a cluster leaves at once) {
  keyed_cluster x{{.seed = 1, .nodes = 1}};
  CAF_CHECK(change_of(x, 1, leave_cluster()).code == status::success);
}

CAF_TEST(a dead node is removed and comes back by itself when it returns) {
  keyed_cluster x{{.seed = 7, .partitions = 2}};
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 20));
  x.nodes->crash(3);
  auto removed = change_of(x, 1, remove_member(node_id{3}));
  CAF_CHECK_EQUAL(removed.reason, "");
  CAF_CHECK(removed.code == status::success);
  CAF_CHECK(x.wait_for_voters({1, 2}));
  CAF_CHECK(writes_on(x, 20));
  CAF_REQUIRE(x.nodes->start(3).ok());
  CAF_CHECK(x.wait_for_voters({1, 2, 3}));
  CAF_CHECK(writes_on(x, 20));
  x.end_writers();
  x.check();
}

CAF_TEST(a change of an older roster and one of nobody are refused) {
  keyed_cluster x{{.seed = 8}};
  auto version = x.roster().version;
  auto stale = remove_member(node_id{2});
  stale.expected = version + 1;
  CAF_CHECK(change_of(x, 1, stale).code == status::stale_membership);
  auto nobody = change_of(x, 1, remove_member(node_id{9}, 2s));
  CAF_CHECK_EQUAL(nobody.code, status::success);
  CAF_CHECK_EQUAL(x.roster().version, version);
  auto other = leave_cluster();
  other.node = node_id{2};
  CAF_CHECK(change_of(x, 1, other).code == status::invalid_argument);
}

CAF_TEST(partitions that are created later have the members of their time) {
  keyed_cluster x{{.seed = 9, .nodes = 1}};
  grow(x);
  grow(x);
  CAF_REQUIRE(x.wait_for_voters({1, 2, 3}));
  auto created = x.change(create_partition(partition_id{7}));
  CAF_CHECK(created.code == status::success);
  auto map = x.map();
  CAF_REQUIRE(map.find(partition_id{7}) != nullptr);
  CAF_CHECK_EQUAL(map.find(partition_id{7})->born_voters.size(), 3u);
  CAF_CHECK(x.wait_for_voters({1, 2, 3}));
  x.nodes->crash(1);
  x.nodes->leader_of(partition_id{7});
}

CAF_TEST(a node that crashes while it joins goes on when it is started again) {
  keyed_cluster x{{.seed = 10, .partitions = 2}};
  x.begin_writer("a");
  auto number = x.add_node();
  CAF_REQUIRE(x.nodes->start(number).ok());
  CAF_REQUIRE(x.run([&] { return x.roster().find(node_id{number}) != nullptr; }, 60s));
  x.nodes->crash(number);
  CAF_CHECK(writes_on(x, 20)); // a learner that is away holds nothing up
  CAF_REQUIRE(x.nodes->start(number).ok());
  CAF_CHECK(join_of(x, number).code == status::success);
  CAF_CHECK(x.wait_for_voters({1, 2, 3, number}));
  x.end_writers();
  x.check();
}
