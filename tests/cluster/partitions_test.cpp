// Partitions that come and go on running nodes, as versions of the partition map reach them.
#include <random>
#include <set>

#include "actors/partition/partition_actor.hpp"
#include "actors/raft/values/hosted_record.hpp"
#include "tests/cluster/faulty_wal.hpp"

#define CAF_SUITE cluster_partitions
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace cluster_test;

namespace {

constexpr partition_id system_partition{0};
constexpr partition_id q{2};

using map_ptr = std::shared_ptr<const partition_map>;

/// Hands nodes versions of the map, as their partition 0 does.
class map_cluster : public virtual_cluster {
public:
  explicit map_cluster(cluster_options options = {}) : virtual_cluster{std::move(options)} {
    // nop
  }

  /// Starts all nodes, until they have told their disks, and know that partition 0 lacks nothing anywhere.
  void begin() {
    start_all();
    for (auto i : up())
      require(await(ask<operation_result>(node(i), join{})).code == status::success, "a node joins");
    auto has_told = [](const member_info& x) { return x.disk != 0; };
    do {
      scheduler.run_for(1s);
      map_ = await(ask<partition_map>(node(1), get_partition_map{}));
    } while (!std::ranges::all_of(map_.roster.members, has_told));
    scheduler.run_for(1s);
  }

  /// The next version of the map: with one more partition, that no key leads to, …
  map_ptr with(partition_id id) {
    ++map_.version;
    partition_info x;
    x.id = id;
    x.created = map_.version;
    x.born_voters = {node_id{1}, node_id{2}, node_id{3}};
    map_.partitions.push_back(x);
    return std::make_shared<partition_map>(map_);
  }

  /// … or without one.
  map_ptr without(partition_id id) {
    ++map_.version;
    for (auto& x : map_.partitions)
      if (x.id == id)
        x.state = partition_state::removed;
    return std::make_shared<partition_map>(map_);
  }

  void tell(std::size_t number, const map_ptr& map) {
    auto to = caf::actor_cast<node_observer>(caf::actor_cast<caf::strong_actor_ptr>(node(number)));
    caf::anon_send<caf::message_priority::high>(to, map_update{map});
  }

  void tell_all(const map_ptr& map) {
    for (auto i : up())
      tell(i, map);
  }

  /// Numbers of the partitions in the status of a node.
  std::string hosted(std::size_t number) {
    scheduler.settle();
    std::string result;
    for (const auto& x : status_of(number).partitions)
      result += (result.empty() ? "" : " ") + to_string(x.partition);
    return result;
  }

  node_status status_of(std::size_t number, std::vector<partition_id> which = {}) {
    return await(ask<node_status>(node(number), get_status{std::move(which)}));
  }

  using virtual_cluster::propose_surely;

private:
  partition_map map_;
};

/// What a log holds of a partition, when no node has it open.
recovered_partition content_of(const wal_factory& log, partition_id id) {
  auto opened = log();
  CAF_REQUIRE(opened.ok());
  auto found = (*opened)->recover(id);
  CAF_REQUIRE(found.ok());
  return *found;
}

bool is_empty(const recovered_partition& x) {
  return x.state == hard_state{} && !x.last && !x.kept && !x.boundary.index;
}

hosted_record record_of(const wal_factory& log) {
  auto opened = log();
  CAF_REQUIRE(opened.ok());
  auto stored = (*opened)->get_metadata(hosted_record::name);
  CAF_REQUIRE(stored.ok());
  auto record = decode_hosted_record(*stored);
  CAF_REQUIRE(record.has_value());
  return *record;
}

void store(const wal_factory& log, const hosted_record& x) {
  auto opened = log();
  CAF_REQUIRE(opened.ok());
  CAF_REQUIRE((*opened)->set_metadata(hosted_record::name, encode(x)).ok());
}

std::size_t position_of(const event_log& events, const std::string& text) {
  return static_cast<std::size_t>(std::ranges::find_if(*events, [&](const auto& x) { return x.starts_with(text); })
                                  - events->begin());
}

} // namespace

// -- partitions that appear ---------------------------------------------------------------------------------------

CAF_TEST(a partition that appears in the map starts on all nodes and takes writes) {
  map_cluster cluster;
  cluster.begin();
  auto events = cluster.listen(1);
  cluster.scheduler.settle();
  CAF_CHECK_EQUAL(cluster.hosted(1), "0 1");
  auto map = cluster.with(q);
  cluster.tell_all(map);
  for (auto i = 0; i < 10; ++i)
    cluster.propose_surely(q, std::to_string(i));
  cluster.check_replicas();
  for (auto i : cluster.up()) {
    CAF_CHECK_EQUAL(cluster.hosted(i), "0 1 2");
    CAF_CHECK(cluster.journal_of(i).size(q) >= 10u);
  }
  auto appears = position_of(events, "partition_map_changed 0 to " + to_string(map->version));
  CAF_CHECK(appears < position_of(events, "restore_started 2"));
  CAF_CHECK(position_of(events, "restore_started 2") < position_of(events, "leader_changed 2"));
  CAF_CHECK(position_of(events, "leader_changed 2") < events->size());
  CAF_CHECK(cluster.await(cluster.ask<partition_map>(cluster.node(2), get_partition_map{})).find(q) != nullptr);
}

CAF_TEST(a node that was down when a partition was created takes part in it after its return ) {
  map_cluster cluster;
  cluster.begin();
  cluster.crash(3);
  auto map = cluster.with(q);
  cluster.tell_all(map);
  cluster.propose_surely(q, "without node 3"); // nobody waits for a node that cannot have promised anything
  CAF_REQUIRE(cluster.start(3).ok());
  CAF_CHECK_EQUAL(cluster.hosted(3), "0 1");
  cluster.tell(3, map);
  cluster.check_replicas();
  cluster.stop(1);
  cluster.propose_surely(q, "with node 3");
  cluster.check_replicas();
}

CAF_TEST(a wiped disk takes no partition of the past for a new one) {
  map_cluster cluster;
  cluster.begin();
  auto second = cluster.with(q);
  cluster.tell_all(second);
  cluster.propose_surely(q, "x");
  cluster.check_replicas();
  cluster.crash(3);
  cluster.set_log(3, memory_wal());
  cluster.network->isolate(node_id{3});
  CAF_REQUIRE(cluster.start(3).ok());
  auto third = cluster.with(partition_id{3});
  cluster.tell(3, second); // from the log of partition 0, of which more may follow
  cluster.tell(3, third);
  cluster.scheduler.run_for(5s);
  for (const auto& x : cluster.status_of(3, {q, partition_id{3}}).partitions) {
    CAF_CHECK(x.fenced);
    CAF_CHECK(!x.term);
  }
  cluster.network->heal();
  cluster.propose_surely(q, "y");
  cluster.check_replicas();
  cluster.scheduler.run_for(5s);
  CAF_CHECK(!cluster.status_of(3, {q}).partitions.at(0).fenced);
  CAF_CHECK(!cluster.status_of(3, {system_partition}).partitions.at(0).fenced);
}

CAF_TEST(many partitions appear at once and are recorded at once) {
  map_cluster cluster;
  std::vector<wal_factory> logs;
  for (std::size_t i = 1; i <= 3; ++i) {
    logs.push_back(memory_wal());
    cluster.set_log(i, logs.back());
  }
  cluster.begin();
  auto map = cluster.with(q);
  for (std::uint64_t i = 3; i <= 50; ++i)
    map = cluster.with(partition_id{i});
  cluster.tell_all(map);
  for (auto i : {2u, 25u, 50u})
    cluster.propose_surely(partition_id{i}, "x");
  CAF_CHECK(cluster.await(cluster.ask<operation_result>(cluster.node(1), join{})).code == status::success);
  CAF_CHECK_EQUAL(cluster.status_of(1).partitions.size(), 51u);
  cluster.stop(1);
  auto record = record_of(logs[0]);
  CAF_CHECK_EQUAL(record.partitions.size(), 50u);
  CAF_CHECK(record.seen == map->version);
  CAF_CHECK(record.partitions.at(partition_id{50}).new_to_disk);
}

// -- restarts -----------------------------------------------------------------------------------------------------

CAF_TEST(a restart takes up the partitions of its log without the map) {
  map_cluster cluster;
  cluster.begin();
  cluster.tell_all(cluster.with(q));
  cluster.propose_surely(q, "before");
  cluster.check_replicas();
  for (auto i : cluster.up())
    cluster.crash(i);
  CAF_REQUIRE(cluster.start(1).ok());
  CAF_CHECK_EQUAL(cluster.hosted(1), "0 1 2");
  CAF_CHECK(!cluster.await(cluster.ask<partition_map>(cluster.node(1), get_partition_map{})).version);
  CAF_REQUIRE(cluster.start(2).ok());
  cluster.propose_surely(q, "after");
  cluster.check_replicas();
}

CAF_TEST(a partition whose node crashed before it started is there after the restart) {
  map_cluster cluster;
  auto log = memory_wal();
  cluster.set_log(3, log);
  cluster.begin();
  auto map = cluster.with(q);
  cluster.stop(3);
  auto record = record_of(log);
  CAF_CHECK(record.complete);
  record.partitions.emplace(q, hosted_partition{birth_of(*map->find(q)), true, false});
  record.seen = map->version;
  store(log, record);
  cluster.tell_all(map);
  CAF_REQUIRE(cluster.start(3).ok());
  CAF_CHECK_EQUAL(cluster.hosted(3), "0 1 2");
  cluster.stop(1);
  cluster.propose_surely(q, "x"); // also with its vote
  cluster.check_replicas();
}

CAF_TEST(a partition whose node crashed before its log was dropped is not taken up again) {
  map_cluster cluster;
  auto log = memory_wal();
  cluster.set_log(3, log);
  cluster.begin();
  auto map = cluster.with(q);
  cluster.tell_all(map);
  cluster.propose_surely(q, "x");
  cluster.check_replicas();
  cluster.stop(3);
  auto record = record_of(log);
  record.partitions.at(q).ending = true;
  store(log, record);
  CAF_CHECK(!is_empty(content_of(log, q)));
  CAF_REQUIRE(cluster.start(3).ok());
  CAF_CHECK_EQUAL(cluster.hosted(3), "0 1");
  cluster.tell(3, cluster.without(q));
  cluster.scheduler.run_for(1s);
  CAF_CHECK_EQUAL(cluster.hosted(3), "0 1");
  cluster.stop(3);
  CAF_CHECK(is_empty(content_of(log, q)));
  CAF_CHECK(!record_of(log).partitions.contains(q));
}

CAF_TEST(a record that cannot be read is refused) {
  map_cluster cluster;
  auto log = memory_wal();
  CAF_REQUIRE((*log())->set_metadata(hosted_record::name, "from elsewhere").ok());
  cluster.set_log(1, log);
  auto started = cluster.start(1);
  CAF_REQUIRE(!started.ok());
  CAF_CHECK(started.error().code == status::storage_failed);
}

// -- partitions that are removed ----------------------------------------------------------------------------------

CAF_TEST(the log of a removed partition goes on all nodes and for ever) {
  for (auto on_disk : {false, true}) {
    test::temporary_directory directory;
    map_cluster cluster;
    std::vector<wal_factory> logs;
    for (std::size_t i = 1; i <= 3; ++i) {
      logs.push_back(on_disk ? rocksdb_wal(directory / std::to_string(i)) : memory_wal());
      cluster.set_log(i, logs.back());
    }
    cluster.begin();
    auto created = cluster.with(q);
    cluster.tell_all(created);
    cluster.propose_surely(q, "x");
    cluster.propose_surely(p, "y");
    cluster.check_replicas();
    cluster.stop(3);
    auto removed = cluster.without(q);
    cluster.tell_all(removed);
    cluster.scheduler.run_for(1s);
    CAF_CHECK_EQUAL(cluster.hosted(1), "0 1");
    CAF_REQUIRE(cluster.start(3).ok());
    CAF_CHECK_EQUAL(cluster.hosted(3), "0 1 2"); // it has not heard of it yet
    cluster.tell(3, removed);
    cluster.scheduler.run_for(1s);
    for (std::size_t i = 1; i <= 3; ++i) {
      CAF_CHECK_EQUAL(cluster.hosted(i), "0 1");
      cluster.stop(i);
      CAF_CHECK(is_empty(content_of(logs[i - 1], q)));
      CAF_CHECK(!is_empty(content_of(logs[i - 1], p)));
      CAF_CHECK(!record_of(logs[i - 1]).partitions.contains(q));
    }
    cluster.start_all();
    for (const auto& map : {created, removed, created}) { // as partition 0 replays its log
      cluster.tell_all(map);
      cluster.scheduler.run_for(1s);
      CAF_CHECK_EQUAL(cluster.hosted(1), "0 1");
    }
  }
}

CAF_TEST(callers of a removed partition are answered) {
  map_cluster cluster;
  cluster.begin();
  cluster.tell_all(cluster.with(q));
  cluster.propose_surely(q, "x");
  auto leader = cluster.leader_of(q);
  auto events = cluster.listen(leader);
  cluster.network->isolate(node_id{leader});
  std::vector<pending_ptr<propose_result>> open;
  for (auto i = 0; i < 5; ++i)
    open.push_back(cluster.propose_later(leader, q, std::to_string(i)));
  auto waits = cluster.ask<leader_result>(cluster.node(leader), wait_for_leader{q, 1h, 2h});
  cluster.scheduler.settle();
  cluster.tell_all(cluster.without(q));
  cluster.scheduler.settle();
  for (const auto& x : open)
    CAF_CHECK(cluster.await(x).code == status::replication_failed); // what became of them nobody knows
  CAF_CHECK(cluster.await(waits).code == status::unknown_partition);
  auto late = cluster.propose(leader, q, "late");
  CAF_CHECK(late.code == status::unknown_partition);
  CAF_CHECK_EQUAL(late.reason, "partition 2 was removed");
  auto get = cluster.await(cluster.ask<leader_result>(cluster.node(leader), get_leader{q}));
  CAF_CHECK(get.code == status::unknown_partition);
  auto gone = cluster.status_of(leader, {q});
  CAF_CHECK_EQUAL(gone.partitions.at(0).failure, "partition 2 was removed");
  CAF_CHECK_EQUAL(events->back(), "leader_changed 2 to 0");
  CAF_CHECK(std::ranges::none_of(*events, [](const auto& x) { return x.starts_with("partition_failed"); }));
  auto queued = cluster.status_of(leader).queued_entries;
  CAF_CHECK_EQUAL(queued, 0u);
}

CAF_TEST(a partition that has failed on a node can be removed there too) {
  map_cluster cluster;
  auto faults = std::make_shared<wal_faults>();
  auto log = memory_wal();
  cluster.set_log(3, with_faults(log, faults));
  cluster.begin();
  cluster.tell_all(cluster.with(q));
  cluster.propose_surely(q, "x");
  cluster.check_replicas();
  faults->write = [](const partition_write& x) { return x.partition == q ? "the sector is bad" : ""; };
  cluster.propose_surely(q, "y");
  cluster.scheduler.run_for(5s);
  CAF_CHECK(!cluster.status_of(3, {q}).partitions.at(0).failure.empty());
  cluster.tell_all(cluster.without(q));
  cluster.scheduler.run_for(1s);
  CAF_CHECK_EQUAL(cluster.hosted(3), "0 1");
  cluster.stop(3);
  CAF_CHECK(is_empty(content_of(log, q)));
}

// -- what is known ------------------------------------------------------------------------------------------------

CAF_TEST(before the map is known requests are refused and waits go on) {
  map_cluster cluster;
  CAF_REQUIRE(cluster.start(1).ok());
  auto early = cluster.propose(1, p, "x");
  CAF_CHECK(early.code == status::restore_in_progress);
  CAF_CHECK_EQUAL(early.reason, "the partition map is not known here yet");
  CAF_CHECK(outcome(early.code) == proposal_outcome::not_applied);
  CAF_CHECK(cluster.await(cluster.ask<leader_result>(cluster.node(1), get_leader{p})).code
            == status::restore_in_progress);
  CAF_CHECK(!cluster.await(cluster.ask<partition_map>(cluster.node(1), get_partition_map{})).version);
  auto waits = cluster.ask<leader_result>(cluster.node(1), wait_for_leader{p, 0ms, 1h});
  auto joins = cluster.ask<operation_result>(cluster.node(1), join{});
  auto nobody = cluster.ask<leader_result>(cluster.node(1), wait_for_leader{partition_id{9}, 0ms, 1h});
  cluster.scheduler.run_for(5s);
  CAF_CHECK(!waits->done() && !joins->done() && !nobody->done());
  CAF_REQUIRE(cluster.start(2).ok());
  CAF_REQUIRE(cluster.start(3).ok());
  CAF_CHECK(cluster.await(waits).code == status::success);
  CAF_CHECK(cluster.await(joins).code == status::success);
  CAF_CHECK(cluster.await(nobody).code == status::unknown_partition);
  auto unknown = cluster.propose(1, partition_id{9}, "x");
  CAF_CHECK(unknown.code == status::unknown_partition);
  CAF_CHECK_EQUAL(unknown.reason, "there is no partition 9; this cluster has partitions 0 to 1");
}

CAF_TEST(a refusal names the partitions that there are and not too many) {
  map_cluster cluster;
  cluster.begin();
  cluster.with(q);
  cluster.with(partition_id{3});
  cluster.without(q);
  cluster.tell_all(cluster.with(partition_id{7}));
  auto why = [&] { return cluster.propose(1, partition_id{9}, "x").reason; };
  CAF_CHECK_EQUAL(why(), "there is no partition 9; this cluster has partitions 0 to 1, 3, 7");
  for (std::uint64_t i = 20; i < 60; i += 2)
    cluster.with(partition_id{i});
  cluster.tell_all(cluster.with(partition_id{100}));
  CAF_CHECK_EQUAL(why(),
                  "there is no partition 9; this cluster has partitions 0 to 1, 3, 7, 20, 22, 24, 26, 28 and others");
}

CAF_TEST(listeners get each version in order and a new one gets the present map before the leaders) {
  map_cluster cluster;
  cluster.begin();
  auto second = cluster.with(q);
  auto third = cluster.with(partition_id{3});
  auto fourth = cluster.without(q);
  auto events = cluster.listen(1);
  cluster.scheduler.settle();
  for (const auto& map : {second, fourth, third, second})
    cluster.tell(1, map);
  cluster.scheduler.settle();
  std::string versions;
  for (const auto& x : *events)
    if (x.starts_with("partition_map_changed"))
      versions += x.substr(x.rfind(' '));
  auto first = second->version.value() - 1;
  CAF_CHECK_EQUAL(versions,
                  " " + std::to_string(first) + " " + to_string(second->version) + " " + to_string(fourth->version));
  auto late = cluster.listen(1);
  cluster.scheduler.settle();
  CAF_REQUIRE(late->size() > 1);
  CAF_CHECK_EQUAL(late->front(), "partition_map_changed 0 to " + to_string(fourth->version));
  CAF_CHECK_EQUAL(late->at(1).substr(0, 14), "leader_changed");
}

CAF_TEST(each partition gets its machine when it starts and one without it fails alone) {
  map_cluster cluster;
  cluster.begin();
  cluster.stop(1);
  std::vector<partition_id> made;
  auto machine = spawn_machine(*cluster.system, std::make_shared<journal>());
  auto factory = [&made, machine](partition_id id) -> machine_handle {
    made.push_back(id);
    if (id == q)
      throw std::runtime_error{"no store for it"};
    return machine;
  };
  auto node = spawn_raft(*cluster.system, cluster.config_of(1), cluster.parts_of(1), factory);
  CAF_REQUIRE(node.ok());
  CAF_CHECK(made == (std::vector{system_partition, p}));
  cluster.with(q);
  auto map = cluster.with(partition_id{3});
  cluster.tell_all(map);
  auto observer = caf::actor_cast<node_observer>(caf::actor_cast<caf::strong_actor_ptr>(*node));
  caf::anon_send<caf::message_priority::high>(observer, map_update{map});
  cluster.scheduler.run_for(5s);
  std::ranges::sort(made); // both logs are read at the same time
  CAF_CHECK(made == (std::vector{system_partition, p, q, partition_id{3}}));
  auto all = cluster.await(cluster.ask<node_status>(*node, get_status{})).partitions;
  CAF_REQUIRE_EQUAL(all.size(), 4u);
  CAF_CHECK(all[2].failure.find("partition 2 could not be started: the factory of state machines has failed: no store")
            == 0u);
  CAF_CHECK(all[3].failure.empty());
  CAF_CHECK(cluster.await(cluster.ask<operation_result>(*node, join{})).code == status::errored);
  cluster.await(cluster.ask<operation_result>(*node, stop{}));
}

CAF_TEST(a node stops while partitions come and go) {
  for (auto step = 0; step < 60; ++step) {
    map_cluster cluster;
    cluster.begin();
    cluster.tell_all(cluster.with(q));
    cluster.scheduler.run_for(500ms);
    auto second = cluster.with(partition_id{3});
    cluster.tell(1, second);
    cluster.tell(1, cluster.without(q));
    for (auto i = 0; i < step; ++i)
      cluster.scheduler.step();
    CAF_CHECK(cluster.stop(1).code == status::success);
    CAF_CHECK(cluster.start(1).ok());
    cluster.scheduler.run_for(100ms);
  }
}

CAF_TEST(whatever nodes miss of the map in the end they run the same partitions) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    cluster_options options;
    options.seed = seed;
    map_cluster cluster{options};
    cluster.begin();
    std::mt19937_64 random{seed};
    std::vector<map_ptr> maps{cluster.with(q)};
    std::set<partition_id> live{q};
    for (std::uint64_t next = 3; next < 40; ++next) {
      auto victim = 1 + random() % 3;
      switch (random() % 6) {
        case 0:
          if (!live.empty()) {
            auto id = *std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
            live.erase(id);
            maps.push_back(cluster.without(id));
          }
          break;
        case 1:
          if (cluster.is_up(victim))
            cluster.crash(victim);
          break;
        case 2:
          if (!cluster.is_up(victim))
            CAF_REQUIRE(cluster.start(victim).ok());
          break;
        default: live.insert(partition_id{next}); maps.push_back(cluster.with(partition_id{next}));
      }
      for (auto i : cluster.up()) // a node that has missed some sees them all, or only the last
        if (random() % 2 == 0)
          for (auto& map : maps)
            cluster.tell(i, random() % 2 == 0 ? map : maps.back());
      for (auto steps = random() % 200; steps > 0; --steps)
        cluster.scheduler.step();
    }
    for (std::size_t i = 1; i <= 3; ++i)
      CAF_REQUIRE(cluster.is_up(i) || cluster.start(i).ok());
    cluster.tell_all(maps.back());
    std::string expected{"0 1"};
    for (auto id : live)
      expected += " " + to_string(id);
    for (auto id : live)
      cluster.propose_surely(id, "after all");
    cluster.check_replicas();
    cluster.scheduler.run_for(1s);
    for (std::size_t i = 1; i <= 3; ++i)
      CAF_CHECK_EQUAL(cluster.hosted(i), expected);
  }
}
