
#define CAF_SUITE cluster_reads
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

cluster_options with(std::uint64_t seed) {
  cluster_options options;
  options.seed = seed;
  return options;
}

std::size_t another(std::size_t node) {
  return node % 3 + 1;
}

pending_ptr<read_result> read_later(virtual_cluster& cluster, std::size_t node, read_policy policy) {
  return cluster.ask<read_result>(cluster.node(node), read_barrier{p, policy});
}

read_result read(virtual_cluster& cluster, std::size_t node, read_policy policy) {
  return cluster.await(read_later(cluster, node, policy));
}

/// A cluster whose leader has just been cut off from the others.
struct cut_off {
  explicit cut_off(std::uint64_t seed) : cluster{with(seed)} {
    cluster.start_all();
    leader = cluster.leader_of(p);
    cluster.network->isolate(node_id{leader});
  }

  virtual_cluster cluster;
  std::size_t leader = 0;
};

} // namespace

CAF_TEST(after a read barrier every replica has applied what was acknowledged before) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    auto leader = cluster.leader_of(p);
    for (std::size_t n = 1; n <= 10; ++n) {
      auto wrote = cluster.propose(leader, p, "entry " + std::to_string(n));
      CAF_REQUIRE(wrote.code == status::success);
      auto node = 1 + n % 3;
      auto answer = read(cluster, node, node == leader ? read_policy::leader : read_policy::follower);
      CAF_CHECK(answer.code == status::success);
      CAF_CHECK(answer.index >= wrote.index);
      CAF_CHECK(cluster.journal_of(node).size(p) >= n);
      CAF_CHECK_EQUAL(answer.leader.id.value(), leader);
    }
  }
}

CAF_TEST(a read barrier is refused where its policy cannot be kept) {
  virtual_cluster cluster{with(1)};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  auto refused = read(cluster, another(leader), read_policy::leader);
  CAF_CHECK(refused.code == status::node_is_not_leader);
  CAF_CHECK_EQUAL(refused.leader.id.value(), leader);
  CAF_CHECK(read(cluster, another(leader), read_policy::local).code == status::success);
  CAF_CHECK(read(cluster, leader, static_cast<read_policy>(9)).code == status::invalid_argument);
  auto nowhere = cluster.ask<read_result>(cluster.node(leader), read_barrier{partition_id{7}});
  CAF_CHECK(cluster.await(nowhere).code == status::unknown_partition);
}

CAF_TEST(an isolated node answers no read but a local one) {
  cut_off x{2};
  auto& [cluster, leader] = x;
  CAF_CHECK(read(cluster, leader, read_policy::leader).code != status::success);
  CAF_CHECK(read(cluster, leader, read_policy::follower).code == status::proposal_timeout);
  CAF_CHECK(read(cluster, leader, read_policy::local).code == status::success);
  auto next = cluster.leader_of(p);
  CAF_CHECK(next != leader);
  CAF_CHECK(read(cluster, next, read_policy::leader).code == status::success);
}

CAF_TEST(a read of a follower outlives its leader) {
  cut_off x{3};
  auto& [cluster, leader] = x;
  auto answer = read_later(cluster, another(leader), read_policy::follower);
  CAF_CHECK(cluster.await(answer).code == status::success);
}

CAF_TEST(a read that waits when its node stops is answered) {
  cut_off x{4};
  auto& [cluster, leader] = x;
  auto answer = read_later(cluster, leader, read_policy::follower);
  cluster.scheduler.run_for(50ms);
  CAF_CHECK(cluster.stop(leader).code == status::success);
  CAF_CHECK(cluster.await(answer).code == status::stopping);
}

CAF_TEST(reads under load see what was acknowledged on a network that loses repeats and delays) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    cluster.leader_of(p);
    cluster.network->set_faults({0.05, 0.1, 0.1, 0ms, 20ms});
    log_index acknowledged;
    std::size_t answered = 0;
    for (auto i = 0; i < 20; ++i) {
      std::vector<pending_ptr<propose_result>> writes;
      std::vector<pending_ptr<read_result>> reads;
      for (auto node : cluster.up()) {
        writes.push_back(cluster.propose_later(node, p, std::to_string(i)));
        reads.push_back(read_later(cluster, node, read_policy::follower));
        reads.push_back(read_later(cluster, node, read_policy::leader));
      }
      auto before = acknowledged;
      for (const auto& x : writes)
        if (auto wrote = cluster.await(x); wrote.code == status::success)
          acknowledged = std::max(acknowledged, wrote.index);
      for (const auto& x : reads)
        if (auto answer = cluster.await(x); answer.code == status::success) {
          ++answered;
          CAF_REQUIRE(answer.index >= before);
        }
    }
    CAF_CHECK(answered >= 40);
  }
}
