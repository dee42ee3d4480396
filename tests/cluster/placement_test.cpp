// Partitions that are on some nodes only: where they are born, how they move, and what nodes answer that have them not.
#define CAF_SUITE cluster_placement
#include <caf/test/unit_test.hpp>

#include <set>

#include "tests/cluster/member_steps.hpp"

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

auto replicated(std::uint32_t factor) {
  return [factor](raft_config& x) {
    x.replication_factor = factor;
    x.enable_replica_balancer = false;
  };
}

std::size_t number_of(node_id id) {
  return static_cast<std::size_t>(id.value());
}

/// Which partitions run on a node.
std::set<std::uint64_t> run_on(keyed_cluster& x, std::size_t number) {
  std::set<std::uint64_t> result;
  auto status = x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(number), get_status{}));
  for (const auto& each : status.partitions)
    if (each.partition)
      result.insert(each.partition.value());
  return result;
}

std::set<std::uint64_t> placed_on(const partition_map& map, std::size_t number) {
  std::set<std::uint64_t> result;
  for (const auto& each : map.partitions)
    if (each.state != partition_state::removed && each.where.hosts(node_id{number}))
      result.insert(each.id.value());
  return result;
}

/// Everything is where the map says, and nothing is on its way.
bool rests(keyed_cluster& x) {
  const auto map = x.map();
  for (const auto& each : map.partitions)
    if (each.state != partition_state::removed && each.where.phase != placement_phase::settled)
      return false;
  for (auto i : x.nodes->up())
    if (run_on(x, i) != placed_on(map, i))
      return false;
  return map.version.value() > 0;
}

std::string describe(const partition_map& map) {
  std::string result;
  for (const auto& each : map.partitions) {
    result += "partition " + to_string(each.id) + " " + std::string{to_string(each.where.phase)} + ":";
    for (auto id : each.where.replicas)
      result += " " + to_string(id);
    for (auto id : each.where.former)
      result += " (" + to_string(id) + ")";
    result += "; ";
  }
  return result;
}

bool wait_for_rest(keyed_cluster& x, const std::function<bool(const partition_map&)>& also = {}) {
  auto is_reached = x.run([&] { return (!also || also(x.map())) && rests(x); }, 120s);
  if (!is_reached) {
    CAF_MESSAGE(describe(x.map()));
    for (auto i : x.nodes->up()) {
      auto status = x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(i), get_status{}));
      for (const auto& p : status.partitions) {
        std::string peers;
        for (const auto& q : p.peers)
          peers += " " + to_string(q.peer) + " match " + to_string(q.match) + " " + std::string{to_string(q.state)}
                   + " " + std::string{to_string(q.snapshot)};
        CAF_MESSAGE("node " << i << " partition " << p.partition.value() << " " << std::string{to_string(p.role)}
                            << " term " << p.term.value() << " leader " << p.leader.id.value() << " first "
                            << p.first.value() << " last " << p.last.value() << " commit " << p.commit.value()
                            << " applied " << p.applied.value() << " fenced " << p.fenced << " ready " << p.ready
                            << " asleep " << p.asleep << " failure '" << p.failure << "'" << peers);
      }
    }
  }
  return is_reached;
}

bool all_have(const partition_map& map, std::size_t replicas) {
  return std::ranges::all_of(map.partitions, [&](const partition_info& x) {
    return x.state == partition_state::removed || x.where.replicas.size() == replicas;
  });
}

} // namespace

CAF_TEST(partitions are born on as many nodes as they should and run nowhere else) {
  keyed_cluster x{{.seed = 1, .nodes = 5, .partitions = 5, .adjust = replicated(3)}};
  CAF_REQUIRE(wait_for_rest(x));
  const auto map = x.map();
  CAF_CHECK_EQUAL(map.replication_factor, 3u);
  CAF_CHECK(all_have(map, 3));
  for (std::size_t i = 1; i <= 5; ++i)
    CAF_CHECK_EQUAL(placed_on(map, i).size(), 3u);
  x.begin_writer("a");
  x.begin_writer("b");
  CAF_CHECK(writes_on(x, 100));
  x.end_writers();
  x.check();
}

CAF_TEST(a node without the partition says where it is) {
  keyed_cluster x{{.seed = 2, .nodes = 4, .partitions = 1, .adjust = replicated(1)}};
  CAF_REQUIRE(wait_for_rest(x));
  const auto home = x.map().find(partition_id{1})->where.replicas.front();
  auto stranger = number_of(home) % 4 + 1;
  auto node = x.nodes->node(stranger);
  auto leader = x.nodes->await(x.nodes->ask<leader_result>(node, get_leader{partition_id{1}}));
  CAF_CHECK_EQUAL(leader.code, status::not_hosted);
  CAF_CHECK_EQUAL(leader.leader.id, home);
  CAF_CHECK(leader.leader.address.port != 0);
  auto waited = x.nodes->await(x.nodes->ask<leader_result>(node, wait_for_leader{partition_id{1}}));
  CAF_CHECK_EQUAL(waited.code, status::not_hosted);
  auto refused =
    x.nodes->await(x.nodes->ask<propose_result>(node, propose{partition_id{1}, "put", bytes::copy("k=v")}));
  CAF_CHECK_EQUAL(refused.code, status::not_hosted);
  CAF_CHECK_EQUAL(refused.leader.id, home);
  CAF_CHECK_EQUAL(refused.reason, "partition 1 is on nodes " + to_string(home));
  auto read = x.nodes->await(x.nodes->ask<read_result>(node, read_barrier{partition_id{1}}));
  CAF_CHECK_EQUAL(read.code, status::not_hosted);
  CAF_CHECK_EQUAL(read.leader.id, home);
}

CAF_TEST(another factor moves replicas under writes and loses nothing) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .nodes = 5, .partitions = 3, .adjust = replicated(0)}};
    x.begin_writer("a");
    x.begin_writer("b");
    CAF_REQUIRE(writes_on(x, 30));
    CAF_CHECK_EQUAL(x.change(set_replication_factor(3)).code, status::success);
    CAF_CHECK(wait_for_rest(x, [](const auto& map) { return all_have(map, 3); }));
    CAF_CHECK(writes_on(x, 30));
    CAF_CHECK_EQUAL(x.change(set_replication_factor(1, partition_id{2})).code, status::success);
    CAF_CHECK(wait_for_rest(x, [](const auto& map) { return map.find(partition_id{2})->where.replicas.size() == 1; }));
    CAF_CHECK(writes_on(x, 30));
    CAF_CHECK_EQUAL(x.change(set_replication_factor(5, partition_id{2})).code, status::success);
    CAF_CHECK_EQUAL(x.change(set_replication_factor(4)).code, status::success);
    CAF_CHECK(wait_for_rest(x, [](const auto& map) {
      return map.find(partition_id{2})->where.replicas.size() == 5
             && map.find(partition_id{1})->where.replicas.size() == 4
             && map.find(partition_id{3})->where.replicas.size() == 4;
    }));
    CAF_CHECK(writes_on(x, 30));
    x.end_writers();
    x.check();
  }
}

CAF_TEST(a dead member is replaced where it had replicas) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .nodes = 5, .partitions = 4, .adjust = replicated(3)}};
    CAF_REQUIRE(wait_for_rest(x));
    x.begin_writer("a");
    x.begin_writer("b");
    CAF_REQUIRE(writes_on(x, 30));
    auto dead = seed + 1;
    x.nodes->crash(dead);
    auto removed = change_of(x, 1, remove_member(node_id{dead}));
    CAF_CHECK_EQUAL(removed.reason, "");
    CAF_CHECK_EQUAL(removed.code, status::success);
    CAF_CHECK(wait_for_rest(x, [&](const auto& map) { return all_have(map, 3) && placed_on(map, dead).empty(); }));
    CAF_CHECK(writes_on(x, 30));
    // Those that took its place count.
    auto next = dead % 5 + 1;
    x.nodes->crash(next);
    CAF_CHECK(writes_on(x, 30));
    CAF_REQUIRE(x.nodes->start(next).ok());
    x.end_writers();
    CAF_CHECK(wait_for_rest(x));
    x.check();
  }
}

CAF_TEST(a new node takes the place of a dead one and votes in it) {
  keyed_cluster x{{.seed = 7, .nodes = 3, .partitions = 2, .adjust = replicated(3)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 20));
  x.nodes->crash(3); // for good: it will tell nobody what it had promised
  membership_result removed;
  for (auto tries = 0; tries < 5 && removed.code != status::success; ++tries)
    removed = change_of(x, 1, remove_member(node_id{3}));
  CAF_REQUIRE_EQUAL(removed.code, status::success);
  CAF_CHECK(wait_for_rest(x, [](const auto& map) { return all_have(map, 2); }));
  auto number = grow(x);
  CAF_CHECK(wait_for_rest(x, [](const auto& map) { return all_have(map, 3); }));
  CAF_CHECK(writes_on(x, 20));
  x.nodes->crash(1);
  CAF_CHECK(writes_on(x, 20)); // two of three: the new one counts
  CAF_CHECK_EQUAL(placed_on(x.map_of(number), number).size(), 2u);
  CAF_REQUIRE(x.nodes->start(1).ok());
  x.end_writers();
  CAF_CHECK(wait_for_rest(x));
  x.check();
}

CAF_TEST(a partition that went and comes back goes on where it was) {
  keyed_cluster x{{.seed = 4, .nodes = 3, .partitions = 1, .adjust = replicated(3)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 30));
  for (auto round = 0; round < 3; ++round) {
    for (std::uint32_t factor : {1u, 3u}) {
      CAF_CHECK_EQUAL(x.change(set_replication_factor(factor)).code, status::success);
      CAF_CHECK(wait_for_rest(x, [&](const auto& map) { return all_have(map, factor); }));
      CAF_CHECK(writes_on(x, 20));
    }
    // All three vote again, so any one of them may go.
    auto victim = static_cast<std::size_t>(round) + 1;
    x.nodes->crash(victim);
    CAF_CHECK(writes_on(x, 20));
    CAF_REQUIRE(x.nodes->start(victim).ok());
    CAF_CHECK(wait_for_rest(x));
  }
  x.end_writers();
  x.check();
}

CAF_TEST(a replica on a wiped disk votes again although a former voter has let its partition go) {
  keyed_cluster x{{.seed = 8, .nodes = 4, .partitions = 4, .adjust = replicated(4)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 30));
  CAF_CHECK_EQUAL(x.change(set_replication_factor(3)).code, status::success);
  CAF_REQUIRE(wait_for_rest(x, [&](const auto& map) { return all_have(map, 3); }));
  const auto where = placed_on(x.map(), 2);
  CAF_REQUIRE(!where.empty());
  x.nodes->crash(2);
  *x.disks[1] = {};
  x.nodes->set_log(2, memory_wal());
  CAF_REQUIRE(x.nodes->start(2).ok());
  CAF_CHECK(x.run(
    [&] {
      auto now = x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(2), get_status{}));
      return now.partitions.size() == where.size() + 1
             && std::ranges::none_of(now.partitions, [](const partition_status& p) { return p.fenced; });
    },
    60s));
  // So any other one may go.
  x.nodes->crash(3);
  CAF_CHECK(writes_on(x, 20));
  CAF_REQUIRE(x.nodes->start(3).ok());
  x.end_writers();
  CAF_CHECK(wait_for_rest(x));
  x.check();
}

CAF_TEST(a partition whose only replica has lost its disk says so and does not begin anew) {
  keyed_cluster x{{.seed = 6, .nodes = 3, .partitions = 3, .adjust = replicated(1)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 30));
  x.end_writers();
  const auto where = placed_on(x.map(), 2);
  CAF_REQUIRE(!where.empty());
  x.nodes->crash(2);
  *x.disks[1] = {};
  x.nodes->set_log(2, memory_wal());
  CAF_REQUIRE(x.nodes->start(2).ok());
  auto status_of = [&] { return x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(2), get_status{})); };
  auto is_fenced = [&](const partition_status& p) { return !where.contains(p.partition.value()) || p.fenced; };
  // It takes part in partition 0 again, and knows all that there is to know.
  CAF_REQUIRE(x.run(
    [&] {
      auto now = status_of();
      return now.partitions.size() == where.size() + 1 && !now.partitions.front().fenced;
    },
    60s));
  x.run([] { return false; }, 20s);
  for (const auto& p : status_of().partitions)
    CAF_CHECK(is_fenced(p));
  for (auto id : where) {
    auto found =
      x.nodes->await(x.nodes->ask<leader_result>(x.nodes->node(1), wait_for_leader{partition_id{id}, 0ms, 1s}));
    CAF_CHECK(found.code != status::success);
  }
  // Whoever accepts the loss removes it, and one that is created then is new.
  for (auto id : where)
    CAF_CHECK_EQUAL(x.change(remove_partition(partition_id{id}, true)).reason, "");
  CAF_CHECK(wait_for_rest(x));
}

CAF_TEST(a partition whose replicas have all lost their disks does not begin anew) {
  keyed_cluster x{{.seed = 9, .nodes = 5, .partitions = 1, .adjust = replicated(2)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  CAF_REQUIRE(writes_on(x, 30));
  x.end_writers();
  const auto replicas = x.map().partitions.front().where.replicas;
  for (auto id : replicas)
    x.nodes->crash(number_of(id));
  for (auto id : replicas) {
    *x.disks[number_of(id) - 1] = {};
    x.nodes->set_log(number_of(id), memory_wal());
    CAF_REQUIRE(x.nodes->start(number_of(id)).ok());
  }
  auto fenced_on = [&](node_id id) {
    auto now = x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(number_of(id)), get_status{})).partitions;
    return now.size() == 2 && !now.front().fenced && now.back().fenced;
  };
  CAF_REQUIRE(x.run([&] { return std::ranges::all_of(replicas, fenced_on); }, 60s));
  x.run([] { return false; }, 20s);
  CAF_CHECK(std::ranges::all_of(replicas, fenced_on));
  for (auto id : replicas) {
    auto found = x.nodes->await(
      x.nodes->ask<leader_result>(x.nodes->node(number_of(id)), wait_for_leader{partition_id{1}, 0ms, 1s}));
    CAF_CHECK(found.code != status::success);
  }
}

CAF_TEST(replicas move through crashes of whoever leads) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAF_MESSAGE("seed " << seed);
    keyed_cluster x{{.seed = seed, .nodes = 5, .partitions = 3, .adjust = replicated(3)}};
    CAF_REQUIRE(wait_for_rest(x));
    x.begin_writer("a");
    x.begin_writer("b");
    CAF_REQUIRE(writes_on(x, 20));
    for (std::uint32_t factor : {5u, 1u, 3u}) {
      CAF_CHECK_EQUAL(x.change(set_replication_factor(factor)).code, status::success);
      // Any step may be under way.
      for (auto crashes = 0; crashes < 2; ++crashes) {
        x.run([] { return false; }, std::chrono::milliseconds{37 * seed + 90 * static_cast<std::uint64_t>(crashes)});
        auto victim = x.nodes->leader_of(partition_id{0});
        x.nodes->crash(victim);
        x.run([] { return false; }, 500ms);
        CAF_REQUIRE(x.nodes->start(victim).ok());
      }
      CAF_CHECK(wait_for_rest(x, [&](const auto& map) { return all_have(map, factor); }));
      CAF_CHECK(writes_on(x, 20));
    }
    x.end_writers();
    x.check();
  }
}

CAF_TEST(split and merge work where the two are on different nodes) {
  keyed_cluster x{{.seed = 3, .nodes = 5, .partitions = 1, .adjust = replicated(2)}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  x.begin_writer("b");
  CAF_REQUIRE(writes_on(x, 40));
  auto split = x.change_and_await(split_partition(partition_id{1}));
  CAF_CHECK_EQUAL(split.code, status::success);
  CAF_CHECK(writes_on(x, 20));
  const auto map = x.map();
  CAF_CHECK(map.find(partition_id{1})->where.replicas != map.find(split.partition)->where.replicas);
  auto merged = x.change_and_await(merge_partitions(partition_id{1}, split.partition));
  CAF_CHECK_EQUAL(merged.code, status::success);
  CAF_CHECK(writes_on(x, 20));
  x.end_writers();
  CAF_CHECK(wait_for_rest(x));
  x.check();
}

CAF_TEST(replicas spread over a node that has joined) {
  keyed_cluster x{{.seed = 6, .nodes = 2, .partitions = 4, .adjust = [](raft_config& y) {
                     y.replication_factor = 2;
                     y.replica_balancer_interval = 1s;
                     y.enable_leader_balancer = false;
                   }}};
  CAF_REQUIRE(wait_for_rest(x));
  x.begin_writer("a");
  auto number = x.add_node();
  CAF_REQUIRE(x.nodes->start(number).ok());
  auto is_even = [&](const partition_map& map) {
    for (std::size_t i = 1; i <= 3; ++i)
      if (placed_on(map, i).size() < 2)
        return false;
    return all_have(map, 2);
  };
  CAF_CHECK(wait_for_rest(x, is_even));
  CAF_CHECK(writes_on(x, 20));
  x.end_writers();
  x.check();
}
