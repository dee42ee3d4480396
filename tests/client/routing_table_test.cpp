#define CAF_SUITE client_core

#include "actors/client/routing_table.hpp"

#include <random>

#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

partition_info owner(std::uint64_t id, hash_range range, partition_state state = partition_state::active) {
  partition_info x;
  x.id = partition_id{id};
  x.state = state;
  x.routed = true;
  x.range = range;
  return x;
}

partition_map map_of(std::vector<partition_info> partitions) {
  partition_map map;
  map.version = map_version{1};
  map.partitions = std::move(partitions);
  return map;
}

void check_alike(const partition_map& map, std::uint32_t place) {
  auto found = routing_table{map}.find(place);
  const auto* expected = map.route(place);
  CAF_REQUIRE_EQUAL(found.has_value(), expected != nullptr);
  if (found)
    CAF_REQUIRE(*found == expected->id);
}

} // namespace

CAF_TEST(nobody owns anything in an empty table) {
  CAF_CHECK(!routing_table{}.find(0));
  CAF_CHECK(!routing_table{map_of({})}.find(place_max));
}

CAF_TEST(the ends of ranges belong to their partition) {
  routing_table table{map_of({owner(1, {0, 99}), owner(2, {200, place_max}), owner(3, {100, 199})})};
  CAF_CHECK_EQUAL(table.size(), 3u);
  CAF_CHECK(table.find(0) == partition_id{1});
  CAF_CHECK(table.find(99) == partition_id{1});
  CAF_CHECK(table.find(100) == partition_id{3});
  CAF_CHECK(table.find(199) == partition_id{3});
  CAF_CHECK(table.find(200) == partition_id{2});
  CAF_CHECK(table.find(place_max) == partition_id{2});
  CAF_CHECK(!table.find(any_place));
}

CAF_TEST(what is not routed owns nothing and partitions that lose keys still own them) {
  auto apart = owner(4, {0, place_max});
  apart.routed = false;
  routing_table table{
    map_of({owner(1, {0, 99}, partition_state::splitting), owner(2, {50, 99}, partition_state::receiving),
            owner(3, {100, 199}, partition_state::draining), apart, owner(5, {200, 299}, partition_state::removed)})};
  CAF_CHECK(table.find(70) == partition_id{1});
  CAF_CHECK(table.find(150) == partition_id{3});
  CAF_CHECK(!table.find(250));
}

CAF_TEST(a table finds what the map says) {
  std::mt19937_64 random{7};
  for (auto round = 0; round < 200; ++round) {
    std::vector<partition_info> partitions;
    std::uint32_t first = random() % 100;
    for (std::uint64_t id = 1; id <= random() % 50 && first < place_max - 200'000'000; ++id) {
      auto last = static_cast<std::uint32_t>(first + random() % 100'000'000);
      partitions.push_back(owner(id, {first, last}));
      first = last + 1 + static_cast<std::uint32_t>(random() % 3 == 0 ? random() % 1000 : 0);
    }
    auto map = map_of(partitions);
    for (const auto& x : partitions)
      for (auto place : {x.range.first, x.range.last, x.range.first - 1, x.range.last + 1})
        check_alike(map, place & place_max);
    for (auto i = 0; i < 50; ++i)
      check_alike(map, static_cast<std::uint32_t>(random()) & place_max);
  }
}
