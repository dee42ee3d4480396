// Whole nodes whose leaders are spread over all of them, without anybody asking for it.
#define CAF_SUITE cluster_balance
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <ranges>

#include "net/in_process/network.hpp"
#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

constexpr std::uint32_t partitions = 12;
constexpr std::uint32_t moves_max = 4;
constexpr auto interval = 2s;

class balanced_cluster : public virtual_cluster {
public:
  explicit balanced_cluster(std::uint64_t seed, bool balances = true) : virtual_cluster{options(seed, balances)} {
    start_all();
  }

  std::map<partition_id, std::size_t> leaders() {
    std::map<partition_id, std::size_t> result;
    for (std::uint32_t i = 1; i <= partitions; ++i)
      result[partition_id{i}] = leader_of(partition_id{i});
    return result;
  }

  std::map<std::size_t, std::size_t> counts() {
    std::map<std::size_t, std::size_t> result;
    for (auto i : up())
      result[i];
    for (const auto& [partition, leader] : leaders())
      ++result[leader];
    return result;
  }

  bool is_even() {
    auto all = counts();
    auto [least, most] = std::ranges::minmax(all | std::views::values);
    return most - least <= 2;
  }

  /// All leaders go to one node.
  void gather_on(std::size_t number) {
    for (std::uint32_t i = 1; i <= partitions; ++i)
      for (partition_id id{i}; leader_of(id) != number;)
        await(ask<operation_result>(node(leader_of(id)), transfer_leadership{id, node_id{number}}));
  }

  template <class Condition>
  bool becomes(Condition condition, caf::timespan limit = 180s) {
    for (caf::timespan waited{0}; waited < limit; waited += 200ms) {
      if (condition())
        return true;
      scheduler.run_for(200ms);
    }
    return condition();
  }

  bool all_sleep() {
    for (auto i : up())
      for (const auto& x : await(ask<node_status>(node(i), get_status{})).partitions)
        if (!x.asleep)
          return false;
    return true;
  }

  /// Those of partitions: failure detectors and questions between nodes go on.
  [[nodiscard]] std::uint64_t messages() const {
    return dynamic_cast<const net::in_process_network_impl&>(*network).delivered_to_partitions();
  }

private:
  static cluster_options options(std::uint64_t seed, bool balances) {
    cluster_options result;
    result.partitions = partitions;
    result.seed = seed;
    result.adjust = [balances](raft_config& x) {
      x.enable_leader_balancer = balances;
      x.leader_balancer_interval = interval;
      x.leader_balancer_moves_max = moves_max;
      x.leader_balancer_cooldown = 6s;
    };
    return result;
  }
};

} // namespace

CAF_TEST(leaders that are all on one node are spread and then stay where they are) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAF_MESSAGE("seed " << seed);
    balanced_cluster x{seed};
    x.gather_on(1);
    CAF_REQUIRE(!x.is_even());
    CAF_CHECK(x.becomes([&] { return x.is_even(); }));
    auto before = x.leaders();
    x.scheduler.run_for(60s);
    CAF_CHECK(x.leaders() == before);
    x.check_replicas();
  }
}

CAF_TEST(without the balancer leaders stay where they are) {
  balanced_cluster x{1, false};
  x.gather_on(1);
  x.scheduler.run_for(60s);
  CAF_CHECK_EQUAL(x.counts().at(1), std::size_t{partitions});
}

CAF_TEST(no leader moves while a node is dead and it gets its share when it is back) {
  balanced_cluster x{4};
  x.leaders();
  x.crash(3);
  auto before = x.leaders();
  x.scheduler.run_for(60s);
  CAF_CHECK(x.leaders() == before);
  CAF_REQUIRE(x.start(3).ok());
  CAF_CHECK(x.becomes([&] { return x.is_even(); }));
  CAF_CHECK(x.counts().at(3) >= 2);
  x.check_replicas();
}

CAF_TEST(a few leaders move in a round and then there is a pause) {
  balanced_cluster x{5};
  x.gather_on(2);
  auto before = x.leaders();
  auto moved = [&] {
    std::size_t result = 0;
    for (const auto& [partition, leader] : x.leaders())
      result += leader == before.at(partition) ? 0 : 1;
    return result;
  };
  CAF_REQUIRE(x.becomes([&] { return moved() > 0; }));
  x.scheduler.run_for(interval / 2);
  CAF_CHECK(moved() <= moves_max);
  CAF_CHECK(x.becomes([&] { return x.is_even(); }));
}

CAF_TEST(leaders move under writes and no acknowledged entry is lost) {
  balanced_cluster x{6};
  x.gather_on(1);
  for (auto round = 0; !x.is_even(); ++round) {
    CAF_REQUIRE(round < 200);
    for (std::uint32_t i = 1; i <= partitions; ++i)
      x.propose_surely(partition_id{i}, "r" + std::to_string(round));
    x.scheduler.run_for(500ms);
  }
  x.check_replicas();
}

CAF_TEST(partitions that sleep are not woken to learn who leads them) {
  balanced_cluster x{7};
  CAF_REQUIRE(x.becomes([&] { return x.is_even() && x.all_sleep(); }));
  x.scheduler.run_for(10 * interval);
  CAF_REQUIRE(x.becomes([&] { return x.is_even() && x.all_sleep(); })); // what had to move has moved
  auto before = x.messages();
  x.scheduler.run_for(20 * interval);
  CAF_CHECK(x.all_sleep());
  CAF_CHECK_EQUAL(x.messages(), before);
}
