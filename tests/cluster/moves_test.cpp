// Partitions that are created, split, merged and removed while clients write.
#include "tests/cluster/keyed_cluster.hpp"

#define CAF_SUITE cluster_moves
#include <caf/test/unit_test.hpp>

using namespace cluster_test;
using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p1{1}, p2{2}, p3{3};

std::string key_of(std::size_t i) {
  return "key" + std::to_string(i) + "/x";
}

void put_many(keyed_cluster& x, std::size_t count, const std::string& suffix = {}) {
  for (std::size_t i = 0; i < count; ++i)
    x.put(key_of(i), "w" + std::to_string(i) + suffix);
}

/// Small parts, so that a copy takes several.
void small_parts(raft_config& x) {
  x.snapshot_chunk_bytes = 100;
}

} // namespace

CAF_TEST(a cluster begins with the map that its first leader wrote) {
  keyed_cluster x{{.seed = 1, .partitions = 3, .adjust = {}}};
  auto map = x.map();
  CAF_REQUIRE_EQUAL(map.partitions.size(), 3u);
  CAF_CHECK(map.partitions[0].range.first == 0 && map.partitions[2].range.last == place_max);
  for (std::size_t i = 0; i < 3; ++i) {
    CAF_CHECK(map.partitions[i].current == generation{1} && map.partitions[i].state == partition_state::active);
    CAF_CHECK(i == 0 || map.partitions[i].range.first == map.partitions[i - 1].range.last + 1);
  }
  put_many(x, 10);
  x.check();
}

CAF_TEST(a split moves the keys of the upper half with their words) {
  keyed_cluster x{{.seed = 2, .partitions = 1, .adjust = small_parts}};
  put_many(x, 60);
  auto ended = x.change_and_await(split_partition(p1));
  CAF_CHECK_EQUAL(ended.code, status::success);
  CAF_CHECK(ended.partition == p2);
  auto map = x.map();
  CAF_REQUIRE(map.find(p2) != nullptr);
  CAF_CHECK(map.find(p1)->range.last + 1 == map.find(p2)->range.first);
  CAF_CHECK(map.find(p1)->current == generation{3});
  CAF_CHECK(map.find(p2)->current == generation{2});
  x.check();
  CAF_CHECK(!x.disks[0]->states[p1].keys.empty() && !x.disks[0]->states[p2].keys.empty());
  put_many(x, 60, "again");
  x.check();
}

CAF_TEST(a merge brings the keys together again and the source is gone) {
  keyed_cluster x{{.seed = 3, .partitions = 1, .adjust = small_parts}};
  put_many(x, 40);
  CAF_REQUIRE(x.change_and_await(split_partition(p1)).code == status::success);
  put_many(x, 40, "between");
  CAF_CHECK_EQUAL(x.change_and_await(merge_partitions(p1, p2)).code, status::success);
  x.check();
  auto map = x.map();
  CAF_CHECK(map.find(p2)->state == partition_state::removed);
  CAF_CHECK((map.find(p1)->range == hash_range{}));
  put_many(x, 40, "after");
  x.check();
  auto late = x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(1), propose{p2, "put", bytes::copy("a=b")}));
  CAF_CHECK(outcome(late.code) == proposal_outcome::not_applied);
  // The id is not given again.
  auto again = x.change_and_await(split_partition(p1));
  CAF_CHECK(again.code == status::success && again.partition == p3);
  x.check();
}

CAF_TEST(writers notice of splits and merges only that they take a moment) {
  for (std::uint64_t seed = 10; seed < 16; ++seed) {
    keyed_cluster x{{.seed = seed, .partitions = 1, .adjust = small_parts}};
    for (auto name : {"a", "b", "c", "d"})
      x.begin_writer(name);
    x.run([] { return false; }, 100ms);
    CAF_REQUIRE(x.change_and_await(split_partition(p1)).code == status::success);
    auto before = x.acknowledged();
    CAF_REQUIRE(x.change_and_await(split_partition(p2)).code == status::success);
    CAF_REQUIRE(x.change_and_await(merge_partitions(p1, p2)).code == status::success);
    CAF_REQUIRE(x.change_and_await(merge_partitions(p3, p1)).code == status::success);
    x.end_writers();
    CAF_CHECK(x.acknowledged() > before);
    x.check();
    CAF_CHECK((x.map().find(p3)->range == hash_range{}));
  }
}

CAF_TEST(a request that was applied before a split is known behind it) {
  keyed_cluster x{{.seed = 4, .partitions = 1, .adjust = {}}};
  std::string key = "z/1";
  for (std::size_t i = 0; route_key(key) <= place_max / 2; ++i)
    key = "z" + std::to_string(i) + "/1";
  propose request{p1, "put", bytes::copy(key + "=once")};
  request.place = route_key(key);
  request.client = client_id{77};
  request.sequence = 1;
  auto first = x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), request));
  CAF_REQUIRE(first.code == status::success);
  CAF_REQUIRE(x.change_and_await(split_partition(p1)).code == status::success);
  auto refused = x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), request));
  CAF_CHECK_EQUAL(refused.code, status::partition_moved);
  request.partition = p2;
  auto again = x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p2)), request));
  CAF_CHECK_EQUAL(again.code, status::success);
  CAF_CHECK(again.ticket == first.ticket);
  x.check();
  CAF_CHECK_EQUAL(x.disks[0]->states[p2].keys[key].size(), 1u);
}

CAF_TEST(an undecided proposal goes with its key and is decided there) {
  keyed_cluster x{{.seed = 5, .partitions = 1, .adjust = {}}};
  propose request{p1, "put", bytes::copy("t=word")};
  request.place = place_max;
  request.auto_commit = false;
  auto prepared = x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), request));
  CAF_REQUIRE(prepared.code == status::success);
  CAF_REQUIRE(x.change_and_await(split_partition(p1)).code == status::success);
  auto at_source = x.nodes->await(
    x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), commit_proposal{p1, prepared.ticket}));
  CAF_CHECK_EQUAL(at_source.code, status::proposal_not_found);
  auto at_target = x.nodes->await(
    x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p2)), commit_proposal{p2, prepared.ticket}));
  CAF_CHECK_EQUAL(at_target.code, status::success);
  CAF_CHECK_EQUAL(x.disks[x.nodes->leader_of(p2) - 1]->states[p2].keys["t"].size(), 1u);
}

CAF_TEST(whoever names an old generation is refused from the first step on) {
  keyed_cluster x{{.seed = 6, .partitions = 1, .adjust = {}}};
  propose request{p1, "put", bytes::copy("a=b")};
  request.expected_generation = generation{1};
  CAF_CHECK(x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), request)).code
            == status::success);
  auto begun = x.change(split_partition(p1));
  CAF_REQUIRE(begun.code == status::success);
  CAF_REQUIRE(x.wait_for_map(
    [&](const partition_map& map) { return map.find(begun.operation)->phase >= operation_phase::copying; }));
  CAF_CHECK(x.nodes->await(x.nodes->ask<propose_result>(x.nodes->node(x.nodes->leader_of(p1)), request)).code
            == status::partition_moved);
  CAF_CHECK(x.await_end(begun.operation).code == status::success);
  read_barrier stale{p1, read_policy::leader};
  stale.place = place_max;
  CAF_CHECK(x.nodes->await(x.nodes->ask<read_result>(x.nodes->node(x.nodes->leader_of(p1)), stale)).code
            == status::partition_moved);
}

CAF_TEST(what makes no sense is refused with the reason) {
  keyed_cluster x{{.seed = 7, .partitions = 2, .adjust = {}}};
  auto code = [&](const change_partitions& what) {
    auto answer = x.change(what);
    CAF_CHECK(answer.code == status::success || !answer.reason.empty());
    return answer.code;
  };
  CAF_CHECK_EQUAL(code(split_partition(partition_id{9})), status::unknown_partition);
  CAF_CHECK_EQUAL(code(split_partition(p1, place_max)), status::errored);
  CAF_CHECK_EQUAL(code(merge_partitions(p1, p1)), status::invalid_argument);
  CAF_CHECK_EQUAL(code(remove_partition(p1)), status::errored); // its keys would have no owner
  CAF_CHECK_EQUAL(code(create_partition(hash_range{5, 6})), status::errored);
  CAF_CHECK_EQUAL(code(create_partition(hash_range{6, 5})), status::invalid_argument);
  CAF_CHECK(code(remove_partition(partition_id{0})) != status::success);
  CAF_CHECK_EQUAL(code(cancel_operation(operation_id{12345})), status::proposal_not_found);
  auto before = x.map().version;
  CAF_CHECK(x.map().version == before);
}

CAF_TEST(partitions without keys are created by name and removed) {
  keyed_cluster x{{.seed = 8, .partitions = 1, .adjust = {}}};
  auto made = x.change_and_await(create_partition(partition_id{40}));
  CAF_CHECK(made.code == status::success && made.partition == partition_id{40} && made.current == generation{1});
  auto again = x.change_and_await(create_partition(partition_id{40}));
  CAF_CHECK(again.code == status::success && again.current == generation{1});
  x.nodes->propose_surely(partition_id{40}, "put", "queue=job");
  CAF_CHECK(x.change_and_await(remove_partition(partition_id{40})).code == status::success);
  CAF_CHECK_EQUAL(x.change(create_partition(partition_id{40})).code, status::errored);
  x.check();
  // A range that lost its owner can be owned again.
  CAF_CHECK(x.change_and_await(remove_partition(p1, true)).code == status::success);
  CAF_CHECK(x.map().route(5) == nullptr);
  auto back = x.change_and_await(create_partition(hash_range{}));
  CAF_CHECK(back.code == status::success && back.partition != p1 && back.partition != partition_id{40});
  put_many(x, 5);
  x.check();
}

CAF_TEST(an operation is cancelled before the point of no return and leaves nothing behind) {
  keyed_cluster x{{.seed = 9, .partitions = 1, .adjust = small_parts}};
  put_many(x, 40);
  auto begun = x.change(split_partition(p1));
  CAF_REQUIRE(begun.code == status::success);
  auto cancelled = x.change(cancel_operation(begun.operation));
  auto ended = x.await_end(begun.operation);
  if (cancelled.code == status::success) {
    CAF_CHECK_EQUAL(ended.code, status::operation_cancelled);
    CAF_CHECK((x.map().find(p1)->range == hash_range{}));
    CAF_CHECK(x.map().find(p2)->state == partition_state::removed);
  }
  CAF_CHECK_EQUAL(x.change(cancel_operation(begun.operation)).code, cancelled.code);
  put_many(x, 40, "after");
  x.check();
}

CAF_TEST(a machine that refuses what moves leaves everything as it was) {
  for (auto refuse_export : {true, false}) {
    keyed_cluster x{{.seed = 20, .partitions = 1, .adjust = small_parts}};
    put_many(x, 20);
    for (auto& watch : x.watches)
      (refuse_export ? watch->refuse_export : watch->refuse_import) = true;
    auto ended = x.change_and_await(split_partition(p1));
    CAF_CHECK_EQUAL(ended.code, status::errored);
    CAF_CHECK(ended.reason.find(refuse_export ? "not today" : "no room") != std::string::npos);
    put_many(x, 20, "after");
    x.check();
    CAF_CHECK((x.map().find(p1)->range == hash_range{}));
  }
}

CAF_TEST(a merge that fails leaves no trace in the survivor) {
  keyed_cluster x{{.seed = 21, .partitions = 2, .adjust = small_parts}};
  put_many(x, 40);
  auto before = x.disks[0]->states[p1].keys;
  for (auto& watch : x.watches)
    watch->refuse_import = true;
  CAF_CHECK_EQUAL(x.change_and_await(merge_partitions(p1, p2)).code, status::errored);
  for (auto& watch : x.watches)
    watch->refuse_import = false;
  x.check();
  CAF_CHECK(x.disks[0]->states[p1].keys == before);
  CAF_CHECK_EQUAL(x.change_and_await(merge_partitions(p1, p2)).code, status::success);
  x.check();
}

CAF_TEST(without a divisible machine nothing is split unless the application copies by itself) {
  keyed_cluster x{{.seed = 22, .partitions = 1, .adjust = {}, .divisible = false}};
  auto refused = x.change(split_partition(p1));
  CAF_CHECK_EQUAL(refused.code, status::snapshot_required);
  CAF_CHECK(refused.reason.find("copies_itself") != std::string::npos);
  CAF_CHECK(x.map().find(p2) == nullptr);
  auto own = split_partition(p1);
  own.copies_itself = true;
  CAF_CHECK_EQUAL(x.change_and_await(own).code, status::success);
  CAF_CHECK(x.map().find(p2)->state == partition_state::active);
}

CAF_TEST(a node that slept through splits and merges has the same in the end) {
  for (std::uint64_t seed = 30; seed < 34; ++seed) {
    keyed_cluster x{{.seed = seed, .partitions = 1, .adjust = small_parts}};
    put_many(x, 20);
    x.nodes->crash(3);
    CAF_REQUIRE(x.change_and_await(split_partition(p1)).code == status::success);
    put_many(x, 20, "while");
    CAF_REQUIRE(x.change_and_await(split_partition(p2)).code == status::success);
    CAF_REQUIRE(x.change_and_await(merge_partitions(p2, p3)).code == status::success);
    CAF_REQUIRE(x.nodes->start(3).ok());
    put_many(x, 20, "after");
    x.check();
  }
}

CAF_TEST(the log of partition 0 is compacted and a node that needs more of it gets the map) {
  auto often = [](raft_config& config) {
    config.compact_every_operations = 10;
    config.max_entries_per_compaction = 5;
  };
  keyed_cluster x{{.seed = 40, .partitions = 1, .adjust = often}};
  x.nodes->crash(3);
  for (std::uint64_t i = 0; i < 20; ++i)
    CAF_REQUIRE(x.change_and_await(create_partition(partition_id{100 + i})).code == status::success);
  for (std::uint64_t i = 0; i < 20; i += 2)
    CAF_REQUIRE(x.change_and_await(remove_partition(partition_id{100 + i})).code == status::success);
  auto status_of = [&](std::size_t number) {
    return x.nodes->await(x.nodes->ask<node_status>(x.nodes->node(number), get_status{{partition_id{0}}}))
      .partitions[0];
  };
  CAF_CHECK(status_of(1).first > log_index{20} && status_of(2).first > log_index{20});
  CAF_REQUIRE(x.nodes->start(3).ok());
  x.check();
  CAF_CHECK(status_of(3).first > log_index{20});
  CAF_CHECK(x.map_of(3).find(partition_id{100})->state == partition_state::removed);
  // All of them begin with the kept map, and the removed ones stay away.
  for (std::size_t i = 1; i <= 3; ++i)
    x.nodes->stop(i);
  x.nodes->start_all();
  x.nodes->leader_of(partition_id{101});
  x.check();
  CAF_CHECK_EQUAL(x.change(create_partition(partition_id{100})).code, status::errored);
}

CAF_TEST(a change that partition 0 has not answered is answered when its node stops) {
  keyed_cluster x{{.seed = 21, .partitions = 1, .adjust = {}}};
  auto leader = x.nodes->leader_of(partition_id{0});
  auto other = leader % 3 + 1;
  x.nodes->network->cut(node_id{other}, node_id{leader}); // it still hears who leads
  auto answer = x.nodes->ask<change_result>(x.nodes->node(other), create_partition());
  x.nodes->scheduler.run_for(50ms);
  CAF_CHECK(!answer->done());
  CAF_CHECK(x.nodes->stop(other).code == status::success);
  CAF_CHECK_EQUAL(x.nodes->await(answer).code, status::replication_failed);
}
