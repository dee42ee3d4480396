// Disks that do not keep up, and more proposals than a node may hold.
#define CAF_SUITE cluster_overload
#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "tests/cluster/stalling_disks.hpp"

using namespace kommander;
using namespace std::chrono_literals;
using cluster_test::cluster_options;
using cluster_test::pending_ptr;
using cluster_test::stalling_disks;
using cluster_test::virtual_cluster;

namespace {

constexpr partition_id p{1};

std::size_t another(std::size_t node) {
  return node == 1 ? 2 : 1;
}

partition_status status_of(virtual_cluster& cluster, std::size_t node) {
  return cluster.await(cluster.ask<node_status>(cluster.node(node), get_status{{p}})).partitions.at(0);
}

node_status node_status_of(virtual_cluster& cluster, std::size_t node) {
  return cluster.await(cluster.ask<node_status>(cluster.node(node), get_status{}));
}

status hand_to(virtual_cluster& cluster, std::size_t from, std::size_t to) {
  return cluster.await(cluster.ask<operation_result>(cluster.node(from), transfer_leadership{p, node_id{to}})).code;
}

std::size_t count(const std::vector<std::string>& lines, const std::string& what) {
  return static_cast<std::size_t>(std::ranges::count(lines, what));
}

} // namespace

CAF_TEST(a leader whose disk stalls hands over and does not lead again until its disk keeps up) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    cluster_options options;
    options.seed = seed;
    virtual_cluster cluster{options};
    stalling_disks disks{cluster, 3};
    cluster.start_all();
    cluster.propose_surely(p, "before");
    auto slow = cluster.leader_of(p);
    auto events = cluster.listen(slow);
    auto seen = cluster.listen(another(slow));
    cluster.scheduler.settle();
    auto known = seen->size();
    auto has_moved = [&] {
      return std::any_of(seen->begin() + static_cast<std::ptrdiff_t>(known), seen->end(), [&](const auto& x) {
        return x.starts_with("leader_changed 1 to") && x != "leader_changed 1 to 0"
               && x != "leader_changed 1 to " + std::to_string(slow);
      });
    };
    disks.stall(slow, has_moved);
    auto during = cluster.propose_later(slow, p, "during");
    CAF_CHECK(cluster.await(during).code == status::success); // the others' disks made a majority
    CAF_CHECK(has_moved());
    auto next = cluster.leader_of(p);
    CAF_CHECK(next != slow);
    CAF_CHECK_EQUAL(count(*events, "disk_stalled 1"), 1u);
    CAF_CHECK(status_of(cluster, slow).load.disk_stalled);
    // It is the only one that is offered leadership, and does not take it.
    CAF_CHECK(hand_to(cluster, next, slow) == status::proposal_timeout);
    for (auto i = 0; i < 5; ++i)
      cluster.propose_surely(p, "quick");
    cluster.check_replicas();
    CAF_CHECK(!status_of(cluster, slow).load.disk_stalled);
    CAF_CHECK(hand_to(cluster, cluster.leader_of(p), slow) == status::success);
    cluster.propose_surely(p, "after");
    cluster.check_replicas();
    CAF_CHECK_EQUAL(count(*events, "disk_stalled 1"), 1u);
  }
}

CAF_TEST(a leader alone goes on when its disk stalls) {
  cluster_options options;
  options.nodes = 1;
  virtual_cluster cluster{options};
  stalling_disks disks{cluster, 1};
  cluster.start_all();
  cluster.propose_surely(p, "before");
  auto events = cluster.listen(1);
  disks.stall(1, [&] { return count(*events, "disk_stalled 1") == 1; });
  CAF_CHECK(cluster.propose(1, p, "during").code == status::success);
  CAF_CHECK_EQUAL(cluster.leader_of(p), 1u);
}

CAF_TEST(a follower whose disk stalls pauses its leader and gets everything later) {
  cluster_options options;
  options.adjust = [](raft_config& x) {
    x.wal_queue_entries_max = 5;
    x.disk_stall_timeout = 30s; // not what this test is about
  };
  virtual_cluster cluster{options};
  stalling_disks disks{cluster, 3};
  cluster.start_all();
  cluster.propose_surely(p, "before");
  auto leader = cluster.leader_of(p);
  auto slow = another(leader);
  std::vector<pending_ptr<propose_result>> answers;
  pending_ptr<node_status> of_leader, of_follower;
  // One proposal after the other, 30 in all, then a look at both.
  disks.stall(slow, [&] {
    if (!answers.empty() && !answers.back()->done())
      return false;
    if (answers.size() < 30) {
      answers.push_back(cluster.propose_later(leader, p, std::to_string(answers.size())));
      return false;
    }
    if (!of_leader) {
      of_leader = cluster.ask<node_status>(cluster.node(leader), get_status{{p}});
      of_follower = cluster.ask<node_status>(cluster.node(slow), get_status{{p}});
    }
    return of_leader->done() && of_follower->done();
  });
  CAF_CHECK(cluster.propose(leader, p, "first").code == status::success);
  CAF_REQUIRE(cluster.scheduler.run_until([&] { return of_follower && of_follower->done(); }, 1min));
  for (const auto& x : answers)
    CAF_CHECK(x->value && x->value->code == status::success);
  auto held = of_follower->value->partitions.at(0);
  CAF_CHECK(held.load.wal_queue_entries <= 6u);
  CAF_CHECK_EQUAL(of_follower->value->wal_queue_entries, held.load.wal_queue_entries);
  auto seen = of_leader->value->partitions.at(0);
  auto peer = std::ranges::find(seen.peers, node_id{slow}, &peer_status::peer);
  CAF_REQUIRE(peer != seen.peers.end());
  CAF_CHECK(peer->state == catch_up_state::saturated);
  CAF_CHECK(peer->recently_active || peer->lag > 0);
  CAF_CHECK(peer->lag >= 25u);
  cluster.check_replicas();
  auto later = status_of(cluster, cluster.leader_of(p));
  for (const auto& x : later.peers) {
    CAF_CHECK(x.state == catch_up_state::replicating);
    CAF_CHECK_EQUAL(x.lag, 0u);
  }
  CAF_CHECK_EQUAL(cluster.journal_of(slow).size(p), 32u);
}

CAF_TEST(a node refuses what its partitions together cannot hold and appends nothing of it) {
  constexpr std::size_t partitions = 4, node_max = 100;
  for (auto by_bytes : {false, true}) {
    cluster_options options;
    options.nodes = 1;
    options.partitions = partitions;
    options.adjust = [=](raft_config& x) {
      x.payload_bytes_max = 1024;
      x.proposal_queue_entries_max = by_bytes ? 2048 : 60;
      x.proposal_queue_bytes_max = by_bytes ? 80 << 10 : 16 << 20;
      (by_bytes ? x.node_queue_bytes_max : x.node_queue_entries_max) = by_bytes ? node_max << 10 : node_max;
      x.disk_stall_timeout = 30s;
    };
    virtual_cluster cluster{options};
    stalling_disks disks{cluster, 1};
    cluster.start_all();
    for (std::uint64_t i = 1; i <= partitions; ++i)
      cluster.propose_surely(partition_id{i}, "before");
    std::vector<pending_ptr<propose_result>> answers;
    pending_ptr<node_status> looked;
    std::size_t waiting = 0;
    // While the disk writes one entry, 1000 proposals come at once.
    disks.stall(1, [&] {
      if (answers.empty()) {
        for (std::uint64_t i = 0; i < 1000; ++i)
          answers.push_back(
            cluster.propose_later(1, partition_id{1 + i % partitions}, std::string(900, 'x') + std::to_string(i)));
        cluster.scheduler.settle();
        waiting = static_cast<std::size_t>(std::ranges::count_if(answers, [](const auto& x) { return !x->done(); }));
        looked = cluster.ask<node_status>(cluster.node(1), get_status{});
      }
      return looked->done();
    });
    CAF_CHECK(cluster.propose(1, p, "first").code == status::success);
    CAF_REQUIRE(cluster.scheduler.run_until([&] { return looked && looked->done(); }, 1min));
    CAF_CHECK(waiting > node_max / 2);
    CAF_CHECK(by_bytes ? looked->value->queued_bytes <= node_max << 10 : waiting < node_max);
    CAF_CHECK_EQUAL(looked->value->queued_entries, waiting + 1); // and the first one
    std::size_t done = 0;
    for (const auto& x : answers) {
      auto code = cluster.await(x).code;
      CAF_CHECK(code == status::success || code == status::proposal_queue_full);
      done += code == status::success ? 1 : 0;
    }
    CAF_CHECK_EQUAL(done, waiting);
    std::size_t applied = 0;
    for (std::uint64_t i = 1; i <= partitions; ++i)
      applied += cluster.journal_of(1).size(partition_id{i});
    CAF_CHECK_EQUAL(applied, partitions + 1 + done);
    auto after = node_status_of(cluster, 1);
    CAF_CHECK_EQUAL(after.queued_entries, 0u);
    CAF_CHECK_EQUAL(after.queued_bytes, 0u);
    CAF_CHECK_EQUAL(after.wal_queue_entries, 0u);
    CAF_CHECK(cluster.propose(1, p, "after").code == status::success);
  }
}
