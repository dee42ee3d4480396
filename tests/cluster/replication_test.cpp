
#define CAF_SUITE cluster_replication
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

/// Proposes `count` entries, all at once, to the leader of each partition, and requires all to be acknowledged.
void fill(virtual_cluster& cluster, std::uint32_t partitions, std::size_t count) {
  std::vector<pending_ptr<propose_result>> answers;
  for (std::uint64_t i = 1; i <= partitions; ++i) {
    auto leader = cluster.leader_of(partition_id{i});
    for (std::size_t n = 0; n < count; ++n)
      answers.push_back(cluster.propose_later(leader, partition_id{i}, "entry " + std::to_string(n)));
  }
  for (const auto& x : answers)
    virtual_cluster::require(cluster.await(x).code == status::success, "everything is acknowledged");
}

void replicate(std::size_t nodes, bool rocksdb, std::uint64_t seed) {
  cluster_options options;
  options.nodes = nodes;
  options.partitions = 3;
  options.rocksdb = rocksdb;
  options.seed = seed;
  virtual_cluster cluster{options};
  cluster.start_all();
  fill(cluster, 3, 100);
  cluster.check_replicas();
  for (auto i : cluster.up())
    CAF_CHECK_EQUAL(cluster.journal_of(i).size(p), 100u);
}

} // namespace

CAF_TEST(one node alone commits and applies) {
  replicate(1, false, 1);
  replicate(1, true, 2);
}

CAF_TEST(three nodes hold the same in the same order) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    replicate(3, false, seed);
  replicate(3, true, 11);
}

CAF_TEST(five nodes hold the same in the same order) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    replicate(5, false, seed);
  replicate(5, true, 6);
}

CAF_TEST(proposals of one caller are applied in the order in which they were sent) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  fill(cluster, 1, 200);
  cluster.check_replicas();
  auto lines = cluster.journal_of(1).of(p);
  CAF_REQUIRE_EQUAL(lines.size(), 200u);
  for (std::size_t i = 0; i < lines.size(); ++i)
    CAF_CHECK_EQUAL(lines[i].payload, "entry " + std::to_string(i));
}

CAF_TEST(many proposals share a write and a sync) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  auto before = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{})).syncs;
  fill(cluster, 1, 500);
  auto after = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{})).syncs;
  CAF_CHECK(after > before);
  CAF_CHECK_LESS(after - before, 250u);
}

CAF_TEST(the payloads of one proposal are consecutive and the index is the last) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  propose many{p, "many", std::vector<bytes>{bytes::copy("a"), bytes::copy("b"), bytes::copy("c")}};
  auto first = cluster.ask<propose_result>(cluster.node(leader), many);
  auto second = cluster.ask<propose_result>(cluster.node(leader), many);
  auto x = cluster.await(first);
  auto y = cluster.await(second);
  CAF_REQUIRE(x.code == status::success);
  CAF_REQUIRE(y.code == status::success);
  CAF_CHECK(x.ticket < y.ticket);
  cluster.check_replicas();
  auto lines = cluster.journal_of(leader).of(p);
  CAF_REQUIRE_EQUAL(lines.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i) {
    CAF_CHECK_EQUAL(lines[i].payload, std::string(1, "abcabc"[i]));
    CAF_CHECK_EQUAL(lines[i].type, "many");
    CAF_CHECK(lines[i].index == lines[0].index + i);
  }
  CAF_CHECK(lines[2].index == x.index || lines[2].index == y.index);
  CAF_CHECK(lines[5].index == std::max(x.index, y.index));
}

CAF_TEST(a node that does not lead says who does) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  auto other = leader == 1 ? std::size_t{2} : std::size_t{1};
  auto answer = cluster.propose(other, p, "x");
  CAF_CHECK(answer.code == status::node_is_not_leader);
  CAF_CHECK(answer.leader.id == node_id{leader});
  CAF_CHECK(answer.leader.address == (endpoint{"127.0.0.1", static_cast<std::uint16_t>(7000 + leader)}));
  CAF_CHECK(!answer.index);
  CAF_CHECK(!answer.reason.empty());
}

CAF_TEST(what cannot be proposed is refused with the value and the limit) {
  cluster_options options;
  options.nodes = 1;
  options.adjust = [](raft_config& x) { x.payload_bytes_max = 1000; };
  virtual_cluster cluster{options};
  cluster.start_all();
  cluster.leader_of(p);
  auto refused = [&](propose x) { return cluster.await(cluster.ask<propose_result>(cluster.node(1), std::move(x))); };
  auto unknown = refused({partition_id{9}, "t", bytes::copy("x")});
  CAF_CHECK(unknown.code == status::unknown_partition);
  CAF_CHECK(unknown.reason.find("partition 9") != std::string::npos);
  CAF_CHECK(refused({p, "t", std::vector<bytes>{}}).code == status::invalid_argument);
  CAF_CHECK(refused({p, "t", bytes{}}).code == status::invalid_argument);
  CAF_CHECK(refused({p, std::string(256, 't'), bytes::copy("x")}).code == status::invalid_argument);
  auto large = refused({p, "t", bytes{std::string(1001, 'x')}});
  CAF_CHECK(large.code == status::payload_too_large);
  CAF_CHECK(large.reason.find("1001") != std::string::npos);
  CAF_CHECK(large.reason.find("1000") != std::string::npos);
  CAF_CHECK(refused({p, std::string(255, 't'), bytes{std::string(1000, 'x')}}).code == status::success);
  cluster.check_replicas();
  CAF_CHECK_EQUAL(cluster.journal_of(1).size(p), 1u);
}

CAF_TEST(a flood is refused beyond the queue and nothing of what was refused is appended) {
  cluster_options options;
  options.adjust = [](raft_config& x) { x.proposal_queue_entries_max = 50; };
  virtual_cluster cluster{options};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  std::vector<pending_ptr<propose_result>> answers;
  for (auto i = 0; i < 1000; ++i)
    answers.push_back(cluster.propose_later(leader, p, std::to_string(i)));
  std::size_t taken = 0;
  std::size_t refused = 0;
  for (const auto& x : answers) {
    auto answer = cluster.await(x);
    taken += answer.code == status::success ? 1 : 0;
    refused += answer.code == status::proposal_queue_full ? 1 : 0;
    CAF_CHECK(answer.code != status::proposal_queue_full || !answer.index);
  }
  CAF_CHECK_EQUAL(taken + refused, answers.size());
  CAF_CHECK(refused > 0);
  CAF_CHECK(taken >= 50);
  cluster.check_replicas();
  CAF_CHECK_EQUAL(cluster.journal_of(leader).size(p), taken);
}

CAF_TEST(a run with the same seed takes the same course) {
  auto steps = [](std::uint64_t seed) {
    cluster_options options;
    options.seed = seed;
    virtual_cluster cluster{options};
    cluster.start_all();
    fill(cluster, 1, 50);
    cluster.check_replicas();
    return cluster.scheduler.steps();
  };
  CAF_CHECK_EQUAL(steps(5), steps(5));
  CAF_CHECK(steps(5) != steps(6));
}
