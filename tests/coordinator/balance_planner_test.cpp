// Which leaders are advised to move.
#define CAF_SUITE balance_planner
#include <caf/test/unit_test.hpp>

#include <random>

#include "actors/coordinator/balance_planner.hpp"

using namespace kommander;

namespace {

const std::vector<node_id> three{node_id{1}, node_id{2}, node_id{3}};

/// Partitions `first` and on, so many, led by `leader`, that the two others could lead as well.
void lead(leaders_view& view, std::uint64_t leader, std::uint64_t first, std::size_t count, double load = 0) {
  auto& all = view[node_id{leader}];
  for (std::uint64_t i = 0; i < count; ++i) {
    led_partition x{partition_id{first + i}, load, std::chrono::minutes{1}, {}};
    for (auto id : three)
      if (id != node_id{leader})
        x.successors.push_back(id);
    all.push_back(std::move(x));
  }
}

leaders_view shares(std::size_t one, std::size_t two, std::size_t three_) {
  leaders_view view;
  lead(view, 1, 100, one);
  lead(view, 2, 200, two);
  lead(view, 3, 300, three_);
  return view;
}

void carry_out(leaders_view& view, const std::vector<leader_move>& plan) {
  for (const auto& x : plan) {
    auto& from = view.at(x.from);
    auto found = std::ranges::find(from, x.partition, &led_partition::partition);
    CAF_REQUIRE(found != from.end());
    CAF_CHECK(std::ranges::find(found->successors, x.to) != found->successors.end());
    auto moved = *found;
    from.erase(found);
    std::erase(moved.successors, x.to);
    moved.successors.push_back(x.from);
    std::ranges::sort(moved.successors);
    view.at(x.to).push_back(std::move(moved));
  }
}

} // namespace

CAF_TEST(leaders on one node are spread over all in few passes) {
  auto view = shares(30, 0, 0);
  std::size_t passes = 0;
  for (;; ++passes) {
    auto plan = plan_balance(three, view, {}, {});
    if (plan.empty())
      break;
    CAF_CHECK(plan.size() <= balance_options{}.moves_max);
    carry_out(view, plan);
  }
  CAF_CHECK_EQUAL(passes, 5u);
  for (const auto& [node, all] : view)
    CAF_CHECK(all.size() >= 9 && all.size() <= 11);
}

CAF_TEST(what is nearly even is left alone) {
  CAF_CHECK(plan_balance(three, shares(11, 10, 9), {}, {}).empty());
  CAF_CHECK(!plan_balance(three, shares(12, 10, 8), {}, {}).empty());
}

CAF_TEST(with a node that has not told nothing is planned) {
  auto view = shares(30, 0, 0);
  view.erase(node_id{3});
  CAF_CHECK(plan_balance(three, view, {}, {}).empty());
  CAF_CHECK(!plan_balance({node_id{1}, node_id{2}}, view, {}, {}).empty());
  CAF_CHECK(plan_balance({node_id{1}}, view, {}, {}).empty());
}

CAF_TEST(no leader moves to a node that does not follow closely or is not alive) {
  leaders_view view;
  lead(view, 1, 100, 12);
  view[node_id{2}];
  view[node_id{3}];
  for (auto& x : view[node_id{1}])
    x.successors = {node_id{3}};
  for (const auto& x : plan_balance(three, view, {}, {}))
    CAF_CHECK_EQUAL(x.to, node_id{3});
  for (auto& x : view[node_id{1}])
    x.successors = {node_id{4}};
  CAF_CHECK(plan_balance(three, view, {}, {}).empty());
}

CAF_TEST(young leaders and those that have moved lately stay) {
  auto view = shares(12, 0, 0);
  std::set<partition_id> resting;
  for (std::uint64_t i = 100; i < 106; ++i)
    resting.insert(partition_id{i});
  for (auto& x : view[node_id{1}])
    if (x.partition >= partition_id{109})
      x.led_for = std::chrono::seconds{1};
  for (const auto& x : plan_balance(three, view, resting, {}))
    CAF_CHECK(x.partition >= partition_id{106} && x.partition < partition_id{109});
}

CAF_TEST(with even counts a busy node gives away what evens the loads) {
  leaders_view view;
  lead(view, 1, 100, 4, 1000);
  lead(view, 2, 200, 4, 10);
  lead(view, 3, 300, 4, 10);
  auto plan = plan_balance(three, view, {}, {});
  CAF_REQUIRE(!plan.empty());
  CAF_CHECK_EQUAL(plan.front().from, node_id{1});
  leaders_view even;
  lead(even, 1, 100, 4, 110);
  lead(even, 2, 200, 4, 100);
  lead(even, 3, 300, 4, 95);
  CAF_CHECK(plan_balance(three, even, {}, {}).empty());
}

CAF_TEST(plans come to an end whatever the loads are) {
  std::mt19937_64 random{7};
  for (auto run = 0; run < 200; ++run) {
    leaders_view view;
    for (std::uint64_t node = 1; node <= 3; ++node) {
      view[node_id{node}];
      for (std::uint64_t i = random() % 20; i > 0; --i)
        lead(view, node, node * 100 + i, 1, static_cast<double>(random() % 1000));
    }
    std::size_t passes = 0;
    for (; passes < 60; ++passes) {
      auto plan = plan_balance(three, view, {}, {});
      if (plan.empty())
        break;
      carry_out(view, plan);
    }
    CAF_CHECK(passes < 60);
  }
}
