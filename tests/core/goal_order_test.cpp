// Which goals for a group's members a leader follows.
#define CAF_SUITE goal_order
#include <caf/test/unit_test.hpp>

#include "actors/partition/goal_order.hpp"

using namespace kommander;

namespace {

constexpr partition_id p{7};

group_request of_roster(std::uint64_t version) {
  return {p, true, {node_id{1}}, {}, roster_version{version}, {}};
}

group_request of_placement(std::uint64_t version) {
  return {p, true, {node_id{1}}, {}, {}, map_version{version}};
}

partition_map known(std::uint64_t roster, std::uint64_t placed = 0) {
  partition_map map;
  map.version = map_version{1000};
  map.roster.version = roster_version{roster};
  partition_info x;
  x.id = p;
  if (placed > 0)
    x.where.replicas = {node_id{1}};
  x.where.version = map_version{placed};
  map.partitions.push_back(x);
  return map;
}

} // namespace

CAF_TEST(goals of an older roster than the last are refused) {
  goal_order x;
  CAF_CHECK_EQUAL(x.take(of_roster(5), nullptr), "");
  CAF_CHECK_EQUAL(x.take(of_roster(5), nullptr), "");
  CAF_CHECK_EQUAL(x.take(of_roster(4), nullptr),
                  "the goal is of version 4 of the roster; version 5 is known to the group's leader");
  CAF_CHECK_EQUAL(x.take(of_roster(6), nullptr), "");
}

CAF_TEST(what the node knows counts as well but for one version on the way) {
  goal_order x;
  const auto map = known(9);
  CAF_CHECK_EQUAL(x.take(of_roster(7), &map),
                  "the goal is of version 7 of the roster; version 8 is known to the group's leader");
  CAF_CHECK_EQUAL(x.take(of_roster(8), &map), "");
}

CAF_TEST(goals of an older placement are refused whoever knows of the newer one) {
  goal_order x;
  CAF_CHECK_EQUAL(x.take(of_placement(20), nullptr), "");
  CAF_CHECK_EQUAL(x.take(of_placement(19), nullptr),
                  "the goal is of version 19 of the replicas; version 20 is known to the group's leader");
  goal_order fresh;
  const auto map = known(9, 20);
  CAF_CHECK_NOT_EQUAL(fresh.take(of_placement(19), &map), "");
  CAF_CHECK_EQUAL(fresh.take(of_placement(20), &map), "");
  CAF_CHECK_EQUAL(fresh.take(of_placement(21), &map), ""); // its own copy is behind
}

CAF_TEST(a partition that is placed does not follow the roster any more) {
  goal_order x;
  CAF_CHECK_EQUAL(x.take(of_roster(5), nullptr), "");
  CAF_CHECK_EQUAL(x.take(of_placement(20), nullptr), "");
  CAF_CHECK_NOT_EQUAL(x.take(of_roster(6), nullptr), "");
  goal_order fresh;
  const auto map = known(5, 20);
  CAF_CHECK_NOT_EQUAL(fresh.take(of_roster(6), &map), "");
}
