#include "tests/cluster/faulty_wal.hpp"

#define CAF_SUITE cluster_lifecycle
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

bool mentions(const std::string& text, std::initializer_list<const char*> words) {
  return std::ranges::all_of(words, [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Tries to start node 1 with these settings and parts; returns why it does not.
failure refused(virtual_cluster& cluster, const raft_config& config, raft_parts parts) {
  cluster.scheduler.settle();
  auto before = cluster.system->registry().running();
  auto machine = spawn_machine(*cluster.system, std::make_shared<journal>());
  auto started = spawn_raft(*cluster.system, config, std::move(parts), machine);
  machine = state_machine{};
  virtual_cluster::require(!started.ok(), "the start is refused");
  cluster.scheduler.settle();
  CAF_CHECK_EQUAL(cluster.system->registry().running(), before);
  return started.error();
}

std::string order_of(const event_log& events, const std::string& partition) {
  std::string result;
  for (const auto& x : *events)
    if (auto end = x.find(' '); x.compare(end + 1, partition.size(), partition) == 0)
      result += x.substr(0, end) + " ";
  return result;
}

} // namespace

// -- start --------------------------------------------------------------------------------------------------------

CAF_TEST(bad settings are refused with the setting and its value) {
  virtual_cluster cluster{{}};
  auto config = cluster.config_of(1);
  config.heartbeat_interval = 5s;
  auto why = refused(cluster, config, cluster.parts_of(1));
  CAF_CHECK(why.code == status::invalid_argument);
  CAF_CHECK(mentions(why.message, {"heartbeat_interval", "5000"}));
}

CAF_TEST(a node without a log or a transport is refused) {
  virtual_cluster cluster{{}};
  auto parts = cluster.parts_of(1);
  parts.log = nullptr;
  CAF_CHECK(mentions(refused(cluster, cluster.config_of(1), parts).message, {"log"}));
  parts = cluster.parts_of(1);
  parts.net = nullptr;
  CAF_CHECK(mentions(refused(cluster, cluster.config_of(1), parts).message, {"net"}));
}

CAF_TEST(members that contradict each other are refused) {
  virtual_cluster cluster{{}};
  auto parts = cluster.parts_of(1);
  parts.discovery.members.push_back({node_id{2}, {"127.0.0.1", 9999}});
  CAF_CHECK(mentions(refused(cluster, cluster.config_of(1), parts).message, {"node 2", "twice", "9999"}));
  parts = cluster.parts_of(1);
  parts.discovery.members.push_back({node_id{}, {"127.0.0.1", 9999}});
  CAF_CHECK(mentions(refused(cluster, cluster.config_of(1), parts).message, {"9999", "without an id"}));
  auto config = cluster.config_of(1);
  config.port = 1234;
  CAF_CHECK(mentions(refused(cluster, config, cluster.parts_of(1)).message, {"1234", "7001"}));
}

CAF_TEST(the log of another node or cluster is refused) {
  virtual_cluster cluster{{}};
  CAF_REQUIRE(cluster.start(1).ok());
  cluster.stop(1);
  auto config = cluster.config_of(1);
  config.cluster_id = "other";
  CAF_CHECK(mentions(refused(cluster, config, cluster.parts_of(1)).message, {"default", "other"}));
  config = cluster.config_of(2);
  auto parts = cluster.parts_of(2);
  parts.log = cluster.parts_of(1).log;
  CAF_CHECK(mentions(refused(cluster, config, parts).message, {"node_id 1", "n2", "2"}));
  CAF_CHECK(cluster.start(1).ok());
}

CAF_TEST(who voted at first is what the log says whatever discovery names later) {
  virtual_cluster cluster{{}};
  CAF_REQUIRE(cluster.start(1).ok());
  cluster.stop(1);
  auto parts = cluster.parts_of(1);
  parts.discovery.members = {{node_id{1}, {"127.0.0.1", 7001}}}; // alone, it would lead at once
  auto started = spawn_raft(*cluster.system, cluster.config_of(1), parts,
                            spawn_machine(*cluster.system, std::make_shared<journal>()));
  CAF_REQUIRE(started.ok());
  cluster.scheduler.run_for(10s);
  auto found = cluster.await(cluster.ask<leader_result>(*started, get_leader{partition_id{0}}));
  CAF_CHECK(!found.leader.id);
  cluster.await(cluster.ask<operation_result>(*started, stop{}));
}

CAF_TEST(a node id that is in the network already is refused) {
  virtual_cluster cluster{{}};
  CAF_REQUIRE(cluster.start(1).ok());
  auto parts = cluster.parts_of(1);
  parts.log = memory_wal();
  CAF_CHECK(!spawn_raft(*cluster.system, cluster.config_of(1), parts,
                        spawn_machine(*cluster.system, std::make_shared<journal>()))
               .ok());
}

CAF_TEST(state machines that are missing are refused) {
  virtual_cluster cluster{{}};
  auto config = cluster.config_of(1);
  auto none = spawn_raft(*cluster.system, config, cluster.parts_of(1), state_machine{});
  CAF_REQUIRE(!none.ok());
  CAF_CHECK(mentions(none.error().message, {"state machine", "partition 0"}));
  auto throwing = spawn_raft(*cluster.system, config, cluster.parts_of(1),
                             [](partition_id) -> state_machine { throw std::runtime_error{"no store"}; });
  CAF_REQUIRE(!throwing.ok());
  CAF_CHECK(mentions(throwing.error().message, {"no store"}));
}

CAF_TEST(a damaged log refuses to start the only replica and names the place) {
  cluster_options options;
  options.nodes = 1;
  virtual_cluster cluster{options};
  auto faults = std::make_shared<wal_faults>();
  cluster.set_log(1, with_faults(memory_wal(), faults));
  cluster.start_all();
  cluster.propose_surely(p, "a");
  cluster.stop(1);
  faults->damaged = p;
  auto why = refused(cluster, cluster.config_of(1), cluster.parts_of(1));
  CAF_CHECK(why.code == status::storage_failed);
  CAF_CHECK(mentions(why.message, {"partition 1", "000123.log"}));
}

CAF_TEST(a damaged log is fetched from the others and all else goes on) {
  virtual_cluster cluster{{}};
  auto faults = std::make_shared<wal_faults>();
  auto log = with_faults(memory_wal(), faults);
  cluster.set_log(2, log);
  cluster.start_all();
  for (auto payload : {"a", "b", "c"})
    cluster.propose_surely(p, payload);
  cluster.check_replicas();
  cluster.crash(2);
  faults->damaged = p;
  CAF_REQUIRE(cluster.start(2).ok());
  auto begun = cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{}));
  CAF_CHECK(begun.partitions[1].fenced);
  CAF_CHECK(!begun.partitions[0].fenced);
  cluster.propose_surely(p, "d");
  cluster.check_replicas();
  cluster.scheduler.run_for(5s);
  auto caught_up = cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{}));
  CAF_CHECK(!caught_up.partitions[1].fenced);
  CAF_CHECK(caught_up.partitions[1].failure.empty());
}

CAF_TEST(a node that has lost term and vote asks for them and keeps its log) {
  virtual_cluster cluster{{}};
  auto faults = std::make_shared<wal_faults>();
  cluster.set_log(2, with_faults(memory_wal(), faults));
  cluster.start_all();
  cluster.propose_surely(p, "a");
  cluster.check_replicas();
  auto term = cluster.await(cluster.ask<node_status>(cluster.node(1), get_status{})).partitions[1].term;
  cluster.crash(2);
  faults->votes_lost = p;
  CAF_REQUIRE(cluster.start(2).ok());
  CAF_CHECK(cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{})).partitions[1].fenced);
  cluster.propose_surely(p, "b");
  cluster.check_replicas();
  cluster.scheduler.run_for(5s);
  auto caught_up = cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{})).partitions[1];
  CAF_CHECK(!caught_up.fenced);
  CAF_CHECK(caught_up.term >= term);
}

CAF_TEST(a wiped disk is filled by the others before it votes) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  cluster.propose_surely(p, "a");
  cluster.check_replicas();
  cluster.crash(2);
  cluster.set_log(2, memory_wal());
  CAF_REQUIRE(cluster.start(2).ok());
  node_status begun;
  auto is_hosted = [&] {
    begun = cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{}));
    return begun.partitions.size() == 2;
  };
  for (auto i = 0; i < 1000 && !is_hosted(); ++i)
    cluster.scheduler.run_for(1ms);
  CAF_REQUIRE(is_hosted());
  CAF_CHECK(begun.partitions[1].fenced);
  cluster.propose_surely(p, "b");
  cluster.check_replicas();
  cluster.scheduler.run_for(5s);
  auto caught_up = cluster.await(cluster.ask<node_status>(cluster.node(2), get_status{}));
  CAF_CHECK(!caught_up.partitions[1].fenced);
}

// -- questions ----------------------------------------------------------------------------------------------------

CAF_TEST(a join ends when all partitions are restored and have a leader) {
  virtual_cluster cluster{{}};
  CAF_REQUIRE(cluster.start(1).ok());
  auto joined = cluster.ask<operation_result>(cluster.node(1), join{});
  cluster.scheduler.run_for(5s);
  CAF_CHECK(!joined->done());
  CAF_REQUIRE(cluster.start(2).ok());
  cluster.scheduler.run_for(5s);
  CAF_CHECK(!joined->done()); // the third may hold what these two have lost
  CAF_REQUIRE(cluster.start(3).ok());
  CAF_CHECK(cluster.await(joined).code == status::success);
}

CAF_TEST(a wait for a leader ends in time without one and names the leader with one) {
  virtual_cluster cluster{{}};
  CAF_REQUIRE(cluster.start(1).ok());
  auto alone = cluster.await(cluster.ask<leader_result>(cluster.node(1), wait_for_leader{p, 0ms, 2s}));
  CAF_CHECK(alone.code == status::proposal_timeout);
  auto now = cluster.await(cluster.ask<leader_result>(cluster.node(1), wait_for_leader{p, 0ms, -5ms}));
  CAF_CHECK(now.code == status::proposal_timeout);
  CAF_REQUIRE(cluster.start(2).ok());
  CAF_REQUIRE(cluster.start(3).ok());
  auto found = cluster.await(cluster.ask<leader_result>(cluster.node(1), wait_for_leader{p, 1s, 30s}));
  CAF_CHECK(found.code == status::success);
  CAF_CHECK(found.leader.id == node_id{cluster.leader_of(p)});
  auto unknown = cluster.await(cluster.ask<leader_result>(cluster.node(1), wait_for_leader{partition_id{9}}));
  CAF_CHECK(unknown.code == status::unknown_partition);
}

CAF_TEST(the status shows what the leader knows of its peers) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  cluster.propose_surely(p, "x");
  cluster.check_replicas();
  auto leader = cluster.leader_of(p);
  cluster.scheduler.run_for(1s);
  auto x = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{{p, partition_id{5}, p}}));
  CAF_CHECK(x.self.id == node_id{leader});
  CAF_CHECK_EQUAL(x.members.size(), 3u);
  CAF_CHECK(x.syncs > 0);
  CAF_CHECK(x.group_writes > 0);
  CAF_REQUIRE_EQUAL(x.partitions.size(), 2u);
  const auto& one = x.partitions[0];
  CAF_CHECK(one.ready);
  CAF_CHECK(one.role == raft_role::leader);
  CAF_CHECK(one.commit == one.last);
  CAF_CHECK(one.applied == one.last);
  CAF_REQUIRE_EQUAL(one.peers.size(), 2u);
  for (const auto& peer : one.peers)
    CAF_CHECK(peer.match == one.last);
  CAF_CHECK(mentions(x.partitions[1].failure, {"partition 5"}));
}

CAF_TEST(events tell of a restore before anything else and of leaders) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  cluster.propose_surely(p, "x");
  cluster.check_replicas();
  cluster.stop(1);
  CAF_REQUIRE(cluster.start(1).ok());
  auto events = cluster.listen(1);
  cluster.propose_surely(p, "y");
  cluster.check_replicas();
  CAF_CHECK_EQUAL(order_of(events, "1").find("restore_started restore_finished leader_changed "), 0u);
  auto late = cluster.listen(1);
  cluster.scheduler.settle();
  CAF_CHECK_EQUAL(order_of(late, "1"), "leader_changed ");
}

CAF_TEST(a listener that unsubscribes gets nothing more) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  std::size_t heard = 0;
  event_listener listener = cluster.system->spawn([&](event_listener::pointer) -> event_listener::behavior_type {
    return {[](const restore_started&) {},           [](const restore_finished&) {}, [](const replication_error&) {},
            [&](const leader_changed&) { ++heard; }, [](const partition_failed&) {}, [](const disk_stalled&) {},
            [](const partition_map_changed&) {},     [](const join_progress&) {}};
  });
  caf::anon_send(cluster.node(1), subscribe{listener});
  auto leader = cluster.leader_of(p);
  CAF_CHECK(heard > 0);
  caf::anon_send(cluster.node(1), unsubscribe{listener});
  cluster.scheduler.settle();
  auto before = heard;
  cluster.await(cluster.ask<operation_result>(cluster.node(leader), step_down{p}));
  cluster.leader_of(p);
  CAF_CHECK_EQUAL(heard, before);
}

// -- the end ------------------------------------------------------------------------------------------------------

CAF_TEST(a stop answers all who wait and what comes later) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  cluster.network->isolate(node_id{leader});
  std::vector<pending_ptr<propose_result>> answers;
  for (auto i = 0; i < 20; ++i)
    answers.push_back(cluster.propose_later(leader, p, std::to_string(i)));
  cluster.scheduler.settle();
  auto wait = cluster.ask<leader_result>(cluster.node(leader), wait_for_leader{p, 1h, 2h});
  cluster.scheduler.settle();
  auto handle = cluster.node(leader);
  auto stopped = cluster.ask<operation_result>(handle, stop{});
  auto again = cluster.ask<operation_result>(handle, stop{});
  auto late = cluster.propose_later(leader, p, "late");
  CAF_CHECK(cluster.await(stopped).code == status::success);
  for (const auto& x : answers)
    CAF_CHECK(cluster.await(x).code == status::replication_failed);
  CAF_CHECK(cluster.await(wait).code == status::stopping);
  // Whatever overtook whatever: the end of the actor itself is CAF's to report.
  auto ended = [&](const auto& x) { return cluster.scheduler.run_until([&] { return x->done(); }, 1min); };
  CAF_CHECK(ended(again));
  CAF_CHECK(ended(late));
  CAF_CHECK(!late->value || late->value->code == status::stopping || late->value->code == status::replication_failed);
}

CAF_TEST(requests while a node stops are refused) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  cluster.leader_of(p);
  auto node = cluster.node(1);
  caf::scoped_actor self{*cluster.system};
  self->send(caf::actor_cast<caf::actor>(node), stop{});
  self->send(caf::actor_cast<caf::actor>(node), propose{p, "t", bytes::copy("x")});
  self->send(caf::actor_cast<caf::actor>(node), transfer_leadership{p, node_id{2}});
  cluster.scheduler.settle();
  std::size_t refusals = 0;
  while (self->has_next_message())
    self->receive([&](const propose_result& x) { refusals += x.code == status::stopping ? 1 : 0; },
                  [&](const operation_result& x) { refusals += x.code == status::stopping ? 1 : 0; });
  CAF_CHECK_EQUAL(refusals, 2u);
}

CAF_TEST(everything of a node ends with it however it ends) {
  using ending = std::function<void(virtual_cluster&, raft_actor&)>;
  const ending endings[] = {
    [](virtual_cluster& c, raft_actor& x) { c.await(c.ask<operation_result>(x, stop{})); },
    [](virtual_cluster&, raft_actor& x) { caf::anon_send_exit(x, caf::exit_reason::user_shutdown); },
    [](virtual_cluster&, raft_actor& x) { caf::anon_send_exit(x, caf::exit_reason::kill); },
    [](virtual_cluster&, raft_actor& x) { x = raft_actor{}; },
  };
  for (const auto& end : endings) {
    for (auto run : {0s, 3s}) {
      virtual_cluster cluster{{}};
      cluster.scheduler.settle();
      auto before = cluster.system->registry().running();
      auto machine = spawn_machine(*cluster.system, std::make_shared<journal>());
      auto started = spawn_raft(*cluster.system, cluster.config_of(1), cluster.parts_of(1), std::move(machine));
      CAF_REQUIRE(started.ok());
      auto node = std::move(started).value();
      CAF_CHECK(cluster.system->registry().running() > before);
      cluster.scheduler.run_for(run);
      end(cluster, node);
      node = raft_actor{};
      auto all_ended = [&] { return cluster.system->registry().running() == before; };
      CAF_CHECK(cluster.scheduler.run_until(all_ended, 10s));
      CAF_CHECK(cluster.start(1).ok()); // its place in the network and its log are free again
    }
  }
}

CAF_TEST(callers of a node that is killed are answered by CAF or with unknown) {
  virtual_cluster cluster{{}};
  cluster.start_all();
  auto leader = cluster.leader_of(p);
  cluster.network->isolate(node_id{leader});
  auto answer = cluster.propose_later(leader, p, "x");
  cluster.scheduler.settle();
  cluster.crash(leader);
  CAF_REQUIRE(cluster.scheduler.run_until([&] { return answer->done(); }, 1min));
  CAF_CHECK(answer->error || outcome(answer->value->code) == proposal_outcome::unknown);
}
