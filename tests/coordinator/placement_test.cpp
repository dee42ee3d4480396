// Where replicas should be, what steps make of a partition's placement, and which moves are planned.
#define CAF_SUITE placement
#include <caf/test/unit_test.hpp>

#include <set>

#include "actors/coordinator/placement_planner.hpp"
#include "actors/coordinator/placement_steps.hpp"
#include "actors/coordinator/remote_leaders.hpp"
#include "actors/coordinator/replica_choice.hpp"
#include "tests/coordinator/map_story.hpp"

using namespace kommander;
using namespace kommander::test;

namespace {

std::vector<node_id> nodes(const std::vector<std::uint64_t>& all) {
  std::vector<node_id> result;
  for (auto x : all)
    result.emplace_back(x);
  return result;
}

/// A cluster whose nodes 1 to `members` vote; zones by node, empty without.
class stage {
public:
  stage(std::uint64_t members, std::uint64_t partitions, std::uint32_t factor, std::vector<std::string> zones = {}) {
    auto first = first_members(members);
    for (std::size_t i = 0; i < zones.size(); ++i)
      first[i].zone = zones[i];
    story.commit(map_initialize{partitions, std::move(first), factor});
  }

  std::string place(std::uint64_t partition, placement_phase to, std::vector<std::uint64_t> replicas = {}) {
    return story.word(map_place{partition_id{partition}, where(partition).version, to, nodes(replicas)});
  }

  const partition_placement& where(std::uint64_t partition) const {
    return story.partition(partition).where;
  }

  void leave(std::uint64_t node, bool evicted = false) {
    story.commit(member_change{member_step::leave, node_id{node}, {}, {}, evicted, {}});
  }

  std::vector<map_place> plan(const std::vector<std::uint64_t>& alive, std::size_t moves_max = 100,
                              bool balance = false) {
    return plan_placement(story.state.map(), nodes(alive), {moves_max, balance});
  }

  std::size_t load(std::uint64_t node) const {
    std::size_t result = 0;
    for (const auto& x : story.state.map().partitions)
      result += x.where.is_placed() && x.where.hosts(node_id{node}) ? 1 : 0;
    return result;
  }

  /// Takes all steps of what is planned, until nothing more is. How many partitions moved.
  std::size_t settle(const std::vector<std::uint64_t>& alive, bool balance) {
    std::size_t moved = 0;
    for (auto round = 0; round < 1000; ++round) {
      auto steps = plan(alive, 3, balance);
      if (steps.empty())
        return moved;
      for (const auto& x : steps) {
        ++moved;
        CAF_CHECK_EQUAL(story.word(x), "changed");
        auto id = x.partition.value();
        if (where(id).phase == placement_phase::adding)
          CAF_CHECK_EQUAL(place(id, placement_phase::switching), "changed");
        CAF_CHECK_EQUAL(place(id, placement_phase::settled), "changed");
      }
    }
    CAF_ERROR("plans never end");
    return moved;
  }

  map_story story;
};

} // namespace

// -- choice -----------------------------------------------------------------------------------------------------------

CAF_TEST(new partitions are spread evenly) {
  stage x{5, 10, 3};
  for (std::uint64_t i = 1; i <= 5; ++i)
    CAF_CHECK_EQUAL(x.load(i), 6u);
  for (const auto& each : x.story.state.map().partitions) {
    CAF_CHECK_EQUAL(each.where.replicas.size(), 3u);
    CAF_CHECK(each.born_voters == each.where.replicas);
    CAF_CHECK(each.where.version == each.created);
  }
}

CAF_TEST(a partition is in as many zones as it can be) {
  stage x{6, 12, 3, {"a", "a", "a", "b", "b", "c"}};
  for (const auto& each : x.story.state.map().partitions) {
    std::set<std::string> zones;
    for (auto id : each.where.replicas)
      zones.insert(x.story.state.map().roster.find(id)->zone);
    CAF_CHECK_EQUAL(zones.size(), 3u);
  }
}

CAF_TEST(without enough nodes there are fewer replicas and without a factor every voter has one) {
  stage few{2, 2, 5};
  CAF_CHECK(few.where(1).replicas == ids({1, 2}));
  stage all{3, 2, 0};
  CAF_CHECK(!all.where(1).is_placed());
  CAF_CHECK(all.where(1).hosts(node_id{9}));
  CAF_CHECK(all.story.partition(1).born_voters == ids({1, 2, 3}));
}

CAF_TEST(a partition may have a factor of its own and a split hands it on) {
  stage x{5, 1, 3};
  x.story.commit(map_create{partition_id{7}, false, {}, 1});
  CAF_CHECK_EQUAL(x.where(7).replicas.size(), 1u);
  map_begin split;
  split.source = partition_id{7};
  x.story.commit(split);
  CAF_CHECK_EQUAL(x.where(x.story.last.partition.value()).factor, 1u);
  CAF_CHECK_EQUAL(x.where(x.story.last.partition.value()).replicas.size(), 1u);
}

CAF_TEST(too many replicas are refused) {
  stage x{3, 1, 3};
  CAF_CHECK_EQUAL(x.story.word(map_replication{partition_id{}, 65}), "invalid_argument");
  CAF_CHECK_EQUAL(x.story.word(map_create{partition_id{9}, false, {}, 65}), "invalid_argument");
  CAF_CHECK_EQUAL(x.story.word(map_replication{partition_id{9}, 3}), "unknown_partition");
  CAF_CHECK_EQUAL(x.story.word(map_replication{partition_id{1}, 3}), "changed");
  CAF_CHECK_EQUAL(x.story.word(map_replication{partition_id{1}, 3}), "success");
  CAF_CHECK_EQUAL(x.story.word(map_initialize{1, first_members(3), 65}), "invalid_argument");
}

// -- steps ------------------------------------------------------------------------------------------------------------

CAF_TEST(replicas move in three steps and only in this order) {
  stage x{4, 1, 2};
  const auto before = x.where(1);
  CAF_CHECK(before.replicas == ids({1, 2}));
  CAF_CHECK_EQUAL(x.place(1, placement_phase::switching), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::settled), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {2, 3}), "changed");
  CAF_CHECK(x.where(1).former == ids({1, 2}));
  CAF_CHECK(x.where(1).phase == placement_phase::adding);
  CAF_CHECK(x.where(1).hosts(node_id{1}) && x.where(1).hosts(node_id{3}) && !x.where(1).hosts(node_id{4}));
  CAF_CHECK_EQUAL(x.place(1, placement_phase::settled), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {2, 4}), "changed"); // others instead
  CAF_CHECK(x.where(1).former == ids({1, 2}));
  CAF_CHECK(!x.where(1).hosts(node_id{3}));
  CAF_CHECK_EQUAL(x.place(1, placement_phase::switching), "changed");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {2, 3}), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::settled), "changed");
  CAF_CHECK(x.where(1).former.empty());
  CAF_CHECK(x.where(1).replicas == ids({2, 4}));
  CAF_CHECK(x.story.partition(1).born_voters == ids({1, 2}));
}

CAF_TEST(who only goes does not wait for anybody) {
  stage x{3, 1, 0};
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {1, 3}), "changed");
  CAF_CHECK(x.where(1).phase == placement_phase::switching);
  CAF_CHECK(x.where(1).former == ids({1, 2, 3}));
}

CAF_TEST(a step that is meant for another version is refused) {
  stage x{3, 1, 2};
  const auto old = x.where(1).version;
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {1, 3}), "changed");
  CAF_CHECK_EQUAL(x.story.word(map_place{partition_id{1}, old, placement_phase::adding, ids({2, 3})}),
                  "stale_membership");
  CAF_CHECK_EQUAL(x.story.word(map_place{partition_id{1}, old, placement_phase::switching, {}}), "stale_membership");
}

CAF_TEST(of a partition that followed the roster every member may have been a voter) {
  stage x{4, 1, 0};
  x.leave(4);
  x.story.commit(joining(5));
  x.story.commit(map_replication{partition_id{}, 2});
  auto steps = x.plan({1, 2, 3});
  CAF_REQUIRE_EQUAL(steps.size(), 1u);
  CAF_CHECK_EQUAL(x.story.word(steps[0]), "changed");
  CAF_CHECK(x.where(1).phase == placement_phase::switching);
  CAF_CHECK(x.where(1).former == ids({1, 2, 3, 4, 5}));
}

CAF_TEST(only voters get replicas) {
  stage x{3, 1, 2};
  for (auto wrong : {std::vector<std::uint64_t>{}, {0, 1}, {1, 1}, {2, 1}, {1, 9}})
    CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, wrong), "invalid_argument");
  x.leave(3);
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {1, 3}), "invalid_argument");
  CAF_CHECK_EQUAL(x.story.word(map_place{partition_id{5}, map_version{1}, placement_phase::adding, ids({1})}),
                  "unknown_partition");
}

CAF_TEST(a member stays in the roster while it has a replica) {
  stage x{3, 1, 2};
  x.leave(1);
  CAF_CHECK_EQUAL(x.story.word(member_change{member_step::remove, node_id{1}, {}, {}, false, {}}), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::adding, {2, 3}), "changed");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::switching), "changed");
  CAF_CHECK_EQUAL(x.story.word(member_change{member_step::remove, node_id{1}, {}, {}, false, {}}), "errored");
  CAF_CHECK_EQUAL(x.place(1, placement_phase::settled), "changed");
  CAF_CHECK_EQUAL(x.story.word(member_change{member_step::remove, node_id{1}, {}, {}, false, {}}), "changed");
}

CAF_TEST(the map is read as it was written in every phase) {
  stage x{4, 2, 2};
  x.story.commit(map_replication{partition_id{2}, 3});
  auto check = [&] {
    std::string written;
    byte_writer out{written};
    x.story.state.encode(out);
    byte_reader in{bytes::copy(written)};
    CAF_CHECK(map_state::decode(in) == x.story.state);
    CAF_CHECK(in.complete());
  };
  check();
  x.place(1, placement_phase::adding, {3, 4});
  check();
  x.place(1, placement_phase::switching);
  check();
  x.place(1, placement_phase::settled);
  check();
}

// -- plans ------------------------------------------------------------------------------------------------------------

CAF_TEST(nothing is planned where all is well or nothing is placed) {
  CAF_CHECK((stage{4, 4, 2}.plan({1, 2, 3, 4}).empty()));
  CAF_CHECK((stage{4, 4, 2}.plan({1, 2, 3, 4}, 100, true).empty()));
  CAF_CHECK((stage{4, 4, 0}.plan({1, 2, 3, 4}, 100, true).empty()));
}

CAF_TEST(who leaves is replaced by the least loaded of those that are alive) {
  stage x{6, 6, 3};
  x.leave(2);
  auto steps = x.plan({1, 2, 3, 4, 6});
  CAF_CHECK_EQUAL(steps.size(), 3u);
  for (const auto& step : steps) {
    CAF_CHECK(std::ranges::find(step.replicas, node_id{2}) == step.replicas.end());
    CAF_CHECK(std::ranges::find(step.replicas, node_id{5}) == step.replicas.end()
              || x.where(step.partition.value()).hosts(node_id{5}));
    CAF_CHECK_EQUAL(step.replicas.size(), 3u);
  }
}

CAF_TEST(if nobody can take the place of who leaves there is one replica fewer) {
  stage x{2, 1, 2};
  x.leave(2);
  auto steps = x.plan({1, 2});
  CAF_REQUIRE_EQUAL(steps.size(), 1u);
  CAF_CHECK(steps[0].replicas == ids({1}));
}

CAF_TEST(who is dead and has not left is not replaced) {
  stage x{5, 5, 2};
  CAF_CHECK(x.plan({1, 2, 3, 4}).empty());
}

CAF_TEST(only so many move at a time and what is urgent goes first) {
  stage x{6, 12, 2};
  x.story.commit(map_replication{partition_id{}, 3});
  CAF_CHECK_EQUAL(x.plan({1, 2, 3, 4, 5, 6}, 3).size(), 3u);
  x.leave(6);
  auto steps = x.plan({1, 2, 3, 4, 5, 6}, 2);
  CAF_REQUIRE_EQUAL(steps.size(), 2u);
  for (const auto& step : steps)
    CAF_CHECK(x.where(step.partition.value()).hosts(node_id{6}));
  x.story.commit(map_command{steps[0]});
  CAF_CHECK_EQUAL(x.plan({1, 2, 3, 4, 5, 6}, 2).size(), 1u); // one is on its way
}

CAF_TEST(a partition that has lost its majority does not move and keeps no other one from moving) {
  stage x{5, 10, 3};
  const std::vector<std::uint64_t> left{1, 4, 5};
  auto dead_of = [&](std::uint64_t id) { return x.where(id).hosts(node_id{2}) + x.where(id).hosts(node_id{3}); };
  std::set<std::uint64_t> lost, hurt;
  for (std::uint64_t id = 1; id <= 10; ++id) {
    if (dead_of(id) == 2)
      lost.insert(id);
    else if (dead_of(id) == 1)
      hurt.insert(id);
  }
  CAF_REQUIRE(lost.size() >= 2 && !hurt.empty());
  // One is on its way when its nodes die, the other one is not.
  auto to = x.where(*lost.begin()).replicas;
  std::erase_if(to, [](node_id id) { return id != node_id{2} && id != node_id{3}; });
  to.insert(to.begin(), node_id{1});
  if (to == x.where(*lost.begin()).replicas)
    to = {node_id{2}, node_id{3}, node_id{5}};
  CAF_REQUIRE_EQUAL(
    x.story.word(map_place{partition_id{*lost.begin()}, x.where(*lost.begin()).version, placement_phase::adding, to}),
    "changed");
  x.leave(2, true);
  x.leave(3, true);
  auto moved = [&](std::size_t at_a_time) {
    std::set<std::uint64_t> result;
    for (const auto& step : x.plan(left, at_a_time))
      result.insert(step.partition.value());
    return result;
  };
  CAF_CHECK(moved(100) == hurt);
  CAF_CHECK_EQUAL(moved(1).size(), 1u);
  // As soon as one of the two is back, though it does not vote in the roster, the rest goes on.
  auto with_one = x.plan({1, 2, 4, 5});
  CAF_CHECK_EQUAL(with_one.size(), hurt.size() + lost.size());
}

CAF_TEST(a learner that leaves while it is added is replaced) {
  stage x{4, 1, 2};
  x.place(1, placement_phase::adding, {1, 3});
  x.leave(3, true);
  auto steps = x.plan({1, 2, 4}, 1);
  CAF_REQUIRE_EQUAL(steps.size(), 1u);
  CAF_CHECK(std::ranges::find(steps[0].replicas, node_id{3}) == steps[0].replicas.end());
  CAF_CHECK_EQUAL(x.story.word(steps[0]), "changed");
}

CAF_TEST(what is being split stays where it is) {
  stage x{4, 1, 2};
  x.story.split(1);
  x.leave(1);
  for (const auto& step : x.plan({1, 2, 3, 4}))
    CAF_CHECK(step.partition != partition_id{1});
}

CAF_TEST(balancing ends and leaves all nodes about as full) {
  stage x{6, 20, 3};
  for (std::uint64_t i : {4, 5, 6})
    x.leave(i);
  x.settle({1, 2, 3, 4, 5, 6}, false);
  for (std::uint64_t i : {4, 5, 6})
    CAF_CHECK_EQUAL(x.load(i), 0u);
  for (std::uint64_t i : {4, 5, 6}) {
    x.story.commit(member_change{member_step::stay, node_id{i}, {}, {}, false, {}});
    x.story.commit(member_change{member_step::promote, node_id{i}, {}, {}, false, {}});
  }
  CAF_CHECK_EQUAL(x.settle({1, 2, 3, 4, 5, 6}, false), 0u);
  auto moved = x.settle({1, 2, 3, 4, 5, 6}, true);
  CAF_CHECK_EQUAL(moved, 30u); // one replica a step, each where it is wanted
  for (std::uint64_t i = 1; i <= 6; ++i)
    CAF_CHECK_EQUAL(x.load(i), 10u);
}

CAF_TEST(balancing brings replicas apart that fail together) {
  stage x{4, 3, 2, {"a", "a", "b", "b"}};
  x.place(1, placement_phase::adding, {1, 2});
  x.place(1, placement_phase::switching);
  x.place(1, placement_phase::settled);
  x.settle({1, 2, 3, 4}, true);
  auto in_a = x.where(1).hosts(node_id{1}) + x.where(1).hosts(node_id{2});
  CAF_CHECK_EQUAL(in_a, 1);
}

// -- leaders elsewhere --------------------------------------------------------------------------------------------------

CAF_TEST(a partition that follows the roster may be on every member) {
  partition_map map;
  map.roster = {roster_version{1}, first_members(3)};
  map.partitions.push_back({});
  map.partitions.back().id = partition_id{1};
  CAF_CHECK(remote_leaders::places_of(&map, partition_id{1}).replicas == ids({1, 2, 3}));
  map.partitions.back().where.replicas = ids({2});
  CAF_CHECK(remote_leaders::places_of(&map, partition_id{1}).replicas == ids({2}));
  CAF_CHECK(!remote_leaders::places_of(&map, partition_id{2}).is_placed());
  CAF_CHECK(!remote_leaders::places_of(nullptr, partition_id{1}).is_placed());
}

CAF_TEST(who has said that it does not lead is not believed to until it says otherwise) {
  remote_leaders x;
  const partition_id p{1};
  CAF_CHECK(!x.has_denied(p, node_id{2}));
  x.told(p, node_id{2}, status::node_is_not_leader, node_id{3});
  CAF_CHECK(x.has_denied(p, node_id{2}));
  CAF_CHECK(!x.has_denied(p, node_id{3}));
  x.told(p, node_id{3}, status::success, node_id{3});
  CAF_CHECK(x.has_denied(p, node_id{2}));
  x.told(p, node_id{2}, status::success, node_id{2});
  CAF_CHECK(!x.has_denied(p, node_id{2}));
}

CAF_TEST(nodes that have a partition are asked in turn until one is known to lead it) {
  remote_leaders x;
  partition_placement where;
  where.replicas = ids({2, 4, 6});
  const partition_id p{1};
  const node_id self{9};
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{2});
  x.told(p, node_id{2}, status::node_is_not_leader, {});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{4});
  x.told(p, node_id{4}, status::node_is_not_leader, node_id{6});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{6});
  x.told(p, node_id{6}, status::success, node_id{6});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{6});
  x.told(p, node_id{6}, status::proposal_timeout, {});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{6}); // it is its turn
  x.told(p, node_id{6}, status::proposal_timeout, {});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{2});
  x.told(p, node_id{2}, status::node_is_not_leader, node_id{6});
  where.replicas = ids({2, 4}); // it has gone
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{4});
  CAF_CHECK_EQUAL(x.target(p, {}, self), node_id{});
  where.replicas = {self};
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{});
  where.phase = placement_phase::switching;
  where.former = ids({4});
  CAF_CHECK_EQUAL(x.target(p, where, self), node_id{4});
}

CAF_TEST(who is named by others and does not lead keeps nobody from being asked) {
  remote_leaders x;
  partition_placement where;
  where.phase = placement_phase::switching;
  where.replicas = ids({1});
  where.former = ids({1, 2, 3, 5});
  const partition_id p{1};
  std::set<node_id> asked;
  for (auto i = 0; i < 8 && !asked.contains(node_id{1}); ++i) {
    auto to = x.target(p, where, node_id{4});
    if (i == 0) {
      x.told(p, to, status::proposal_timeout, {}); // the first one does not lead yet
      continue;
    }
    asked.insert(to);
    x.told(p, to, status::node_is_not_leader, to == node_id{2} ? node_id{} : node_id{2});
  }
  CAF_CHECK(asked.contains(node_id{1}));
}
