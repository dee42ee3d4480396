
#define CAF_SUITE cluster_faults
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

cluster_options with(std::uint64_t seed, bool rocksdb = false) {
  cluster_options x;
  x.seed = seed;
  x.rocksdb = rocksdb;
  return x;
}

std::size_t another(std::size_t node) {
  return node == 1 ? 2 : 1;
}

bool is_unknown(status x) {
  return outcome(x) == proposal_outcome::unknown;
}

} // namespace

CAF_TEST(the others go on when the leader is killed and it catches up when it is back) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    virtual_cluster cluster{with(seed, seed == 8)};
    cluster.start_all();
    cluster.propose_surely(p, "before");
    auto killed = cluster.leader_of(p);
    cluster.crash(killed);
    cluster.propose_surely(p, "meanwhile");
    CAF_REQUIRE(cluster.start(killed).ok());
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
  }
}

CAF_TEST(a cluster that was stopped restores everything before it applies more) {
  for (auto rocksdb : {false, true}) {
    virtual_cluster cluster{with(3, rocksdb)};
    cluster.start_all();
    // More than the steps in which the commit index is written: what a restart knows to be committed is restored.
    for (auto i = 0; i < 200; ++i)
      cluster.propose_surely(p, "old " + std::to_string(i));
    for (std::size_t i = 1; i <= 3; ++i)
      CAF_CHECK(cluster.stop(i).code == status::success);
    cluster.start_all();
    cluster.propose_surely(p, "new");
    cluster.check_replicas();
    auto lines = cluster.journal_of(1).of(p);
    CAF_REQUIRE_EQUAL(lines.size(), 201u);
    CAF_CHECK(lines.front().restored);
    CAF_CHECK(!lines.back().restored);
    CAF_CHECK_EQUAL(lines.back().payload, "new");
  }
}

CAF_TEST(a majority that was killed comes back with all that was acknowledged) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    for (auto i = 0; i < 20; ++i)
      cluster.propose_surely(p, std::to_string(i));
    for (std::size_t i = 1; i <= 3; ++i)
      cluster.crash(i);
    cluster.start_all();
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
  }
}

CAF_TEST(an isolated leader answers that it does not know while the majority goes on) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    cluster.propose_surely(p, "before");
    auto isolated = cluster.leader_of(p);
    cluster.network->isolate(node_id{isolated});
    auto doubtful = cluster.propose_later(isolated, p, "doubtful");
    cluster.propose_surely(p, "meanwhile");
    CAF_CHECK(is_unknown(cluster.await(doubtful).code));
    CAF_CHECK(cluster.leader_of(p) != isolated);
    cluster.network->heal();
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
    auto lines = cluster.journal_of(isolated).of(p);
    CAF_CHECK_EQUAL(lines.size(), 3u);
  }
}

CAF_TEST(a follower that was cut off catches up) {
  cluster_options options = with(4);
  options.adjust = [](raft_config& x) { x.log_cache_bytes_max = 64 << 10; }; // what it lacks is read from the log
  virtual_cluster cluster{options};
  cluster.start_all();
  auto cut = another(cluster.leader_of(p));
  cluster.network->isolate(node_id{cut});
  for (auto i = 0; i < 200; ++i)
    cluster.propose_surely(p, std::string(1000, 'x') + std::to_string(i));
  CAF_CHECK_EQUAL(cluster.journal_of(cut).size(p), 0u);
  cluster.network->heal();
  cluster.check_replicas();
  CAF_CHECK_EQUAL(cluster.journal_of(cut).size(p), 200u);
}

CAF_TEST(leadership can be handed to a named node) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    cluster.propose_surely(p, "before");
    auto leader = cluster.leader_of(p);
    auto target = another(leader);
    auto answer =
      cluster.await(cluster.ask<operation_result>(cluster.node(leader), transfer_leadership{p, node_id{target}}));
    CAF_CHECK(answer.code == status::success);
    CAF_CHECK_EQUAL(cluster.leader_of(p), target);
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
  }
}

CAF_TEST(leadership is handed over only by the leader and only to members) {
  virtual_cluster cluster{with(1)};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  auto ask = [&](std::size_t node, transfer_leadership x) {
    return cluster.await(cluster.ask<operation_result>(cluster.node(node), x)).code;
  };
  CAF_CHECK(ask(another(leader), {p, node_id{leader}}) == status::node_is_not_leader);
  CAF_CHECK(ask(leader, {p, node_id{99}}) == status::member_not_found);
  CAF_CHECK(ask(leader, {partition_id{7}, node_id{1}}) == status::unknown_partition);
}

CAF_TEST(a leader that steps down is followed by another) {
  virtual_cluster cluster{with(2)};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  auto term = cluster.await(cluster.ask<leader_result>(cluster.node(leader), get_leader{p})).term;
  auto down = [&](std::size_t node) {
    return cluster.await(cluster.ask<operation_result>(cluster.node(node), step_down{p})).code;
  };
  CAF_CHECK(down(another(leader)) == status::node_is_not_leader);
  CAF_CHECK(down(leader) == status::success);
  auto next = cluster.leader_of(p);
  CAF_CHECK(cluster.await(cluster.ask<leader_result>(cluster.node(next), get_leader{p})).term > term);
  cluster.propose_surely(p, "after");
  cluster.check_replicas();
}

CAF_TEST(no acknowledged entry is lost on a network that loses repeats delays and reorders) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    cluster_options options = with(seed);
    options.nodes = seed % 2 == 0 ? 3 : 5;
    options.partitions = 2;
    virtual_cluster cluster{options};
    cluster.start_all();
    cluster.leader_of(p);
    cluster.network->set_faults({0.05, 0.1, 0.1, 0ms, 20ms});
    for (auto i = 0; i < 30; ++i) {
      std::vector<pending_ptr<propose_result>> answers;
      for (auto node : cluster.up())
        for (std::uint64_t q = 1; q <= 2; ++q)
          answers.push_back(cluster.propose_later(node, partition_id{q}, std::to_string(i)));
      for (const auto& x : answers)
        cluster.await(x);
    }
    cluster.network->set_faults({});
    cluster.propose_surely(p, "after");
    cluster.propose_surely(partition_id{2}, "after");
    cluster.check_replicas();
  }
}

CAF_TEST(no acknowledged entry is lost while nodes are killed restarted and cut off under load) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    virtual_cluster cluster{with(seed)};
    cluster.start_all();
    std::mt19937_64 random{seed};
    std::vector<pending_ptr<propose_result>> answers;
    for (auto i = 0; i < 15; ++i) {
      for (auto node : cluster.up())
        for (auto n = 0; n < 5; ++n)
          answers.push_back(cluster.propose_later(node, p, std::to_string(i * 10 + n)));
      auto victim = 1 + random() % 3;
      cluster.scheduler.run_for(std::chrono::milliseconds{random() % 300});
      if (!cluster.is_up(victim))
        CAF_REQUIRE(cluster.start(victim).ok());
      else if (random() % 2 == 0)
        cluster.crash(victim);
      else
        cluster.network->isolate(node_id{victim});
      cluster.scheduler.run_for(std::chrono::milliseconds{random() % 1500});
      cluster.network->heal();
    }
    for (std::size_t i = 1; i <= 3; ++i)
      if (!cluster.is_up(i))
        CAF_REQUIRE(cluster.start(i).ok());
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
  }
}
