/// Compaction, snapshots through the state machine actor, and restarts, with real nodes in virtual time.
#define CAF_SUITE cluster_state

#include "kommander/testing/cluster.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/cluster/vault_cluster.hpp"

using namespace kommander;
using namespace std::chrono_literals;
using cluster_test::vault_cluster;

namespace {

constexpr auto p = vault_cluster::p;

} // namespace

CAF_TEST(logs are compacted as far as the state machines hold their entries) {
  vault_cluster x;
  x.propose(100);
  x.check();
  for (std::size_t i = 1; i <= 3; ++i) {
    auto found = x.status_of(i);
    CAF_MESSAGE("node " << i << " begins at " << found.first.value() << " of " << found.last.value());
    CAF_CHECK(found.first > log_index{60});
    CAF_CHECK(found.first <= found.kept + 1);
    CAF_CHECK(found.kept <= found.applied);
  }
}

CAF_TEST(a follower below the floor gets the state in parts and then entries) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    vault_cluster x{seed};
    x.propose(30);
    auto victim = x.left_behind();
    x.nodes->network->heal();
    x.propose(5);
    x.check();
    CAF_CHECK_EQUAL(x.watches[victim - 1]->imports, 1u);
    std::size_t parts = 0;
    for (const auto& watch : x.watches) {
      parts += watch->exports;
      CAF_CHECK_EQUAL(watch->open_exports, 0u);
    }
    CAF_CHECK(parts > 5);
    CAF_CHECK(x.peer_of(x.nodes->leader_of(p), victim).snapshot == snapshot_progress::none);
    // The node goes on from the state that it took over.
    x.nodes->crash(victim);
    CAF_REQUIRE(x.nodes->start(victim).ok());
    x.propose(5);
    x.check();
    CAF_CHECK_EQUAL(x.watches[victim - 1]->imports, 1u);
  }
}

CAF_TEST(snapshots arrive over a network that loses and repeats messages) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    vault_cluster x{seed};
    auto victim = x.left_behind();
    x.nodes->network->heal();
    x.nodes->network->set_faults({.loss = 0.2, .duplication = 0.2, .reordering = 0.2, .delay_max = 20ms});
    x.propose(30);
    x.nodes->network->set_faults({});
    x.check();
    CAF_CHECK(x.watches[victim - 1]->imports > 0);
  }
}

CAF_TEST(a follower that crashes before during or after an import ends with the same state) {
  for (auto after_import : {false, true})
    for (std::size_t part = 1; part <= 8; part += after_import ? 8 : 1) {
      vault_cluster x{part};
      auto victim = x.left_behind();
      auto crashes = std::make_shared<bool>(false);
      auto seen = std::make_shared<std::size_t>(0);
      auto& watch = *x.watches[victim - 1];
      if (after_import)
        watch.at_import = [=] { *crashes = true; };
      else
        watch.before_part = [=] { *crashes = *crashes || ++*seen == part; };
      x.nodes->network->heal();
      CAF_REQUIRE(x.wait_for([=] { return *crashes; }));
      x.nodes->crash(victim);
      watch.at_import = watch.before_part = {};
      CAF_REQUIRE(x.nodes->start(victim).ok());
      x.propose(3);
      x.check();
      CAF_CHECK(watch.imports > 0);
    }
}

CAF_TEST(a transfer goes on with another leader when its leader is lost) {
  for (std::size_t part = 1; part <= 5; part += 2) {
    vault_cluster x{part};
    auto victim = x.left_behind();
    auto leader = x.nodes->leader_of(p);
    auto seen = std::make_shared<std::size_t>(0);
    x.watches[victim - 1]->before_part = [=] { ++*seen; };
    x.nodes->network->heal();
    CAF_REQUIRE(x.wait_for([=] { return *seen >= part; }));
    x.nodes->crash(leader);
    x.propose(5);
    CAF_REQUIRE(x.nodes->start(leader).ok());
    x.check();
    CAF_CHECK(x.watches[victim - 1]->imports > 0);
  }
}

CAF_TEST(a state machine that never answers an export holds up nothing else) {
  vault_cluster x;
  auto victim = x.left_behind();
  for (const auto& watch : x.watches)
    watch->mute_export = true;
  x.nodes->network->heal();
  x.propose(5);
  CAF_CHECK(x.peer_of(x.nodes->leader_of(p), victim).snapshot != snapshot_progress::none);
  CAF_CHECK_EQUAL(x.watches[victim - 1]->imports, 0u);
  for (const auto& watch : x.watches)
    watch->mute_export = false;
  x.check(); // after a step time-out it is tried again
  CAF_CHECK_EQUAL(x.watches[victim - 1]->imports, 1u);
}

CAF_TEST(an import that is refused leaves the state machine as it was and is tried again) {
  vault_cluster x;
  auto victim = x.left_behind();
  auto before = x.disks[victim - 1]->states[p].content;
  x.watches[victim - 1]->refuse_import = true;
  x.nodes->network->heal();
  x.nodes->scheduler.run_for(3s);
  CAF_CHECK_EQUAL(x.disks[victim - 1]->states[p].content, before);
  CAF_CHECK(x.status_of(victim).failure.empty());
  x.watches[victim - 1]->refuse_import = false;
  x.check();
  CAF_CHECK_EQUAL(x.watches[victim - 1]->imports, 1u);
}

CAF_TEST(a restart delivers nothing that the state machine holds) {
  vault_cluster x;
  x.propose(50);
  x.check();
  auto victim = x.follower();
  x.nodes->crash(victim);
  auto held = x.disks[victim - 1]->states[p].index;
  x.watches[victim - 1]->applied.clear();
  x.propose(5);
  CAF_REQUIRE(x.nodes->start(victim).ok());
  x.check();
  const auto& applied = x.watches[victim - 1]->applied;
  CAF_REQUIRE(applied.size() >= 5);
  CAF_CHECK(applied.front() > held.value());
}

CAF_TEST(a state machine that has lost its data does not go on with a log that lacks it) {
  vault_cluster x;
  x.propose(50);
  x.check();
  auto victim = x.follower();
  x.nodes->crash(victim);
  *x.disks[victim - 1] = {};
  CAF_REQUIRE(x.nodes->start(victim).ok());
  x.nodes->scheduler.run_for(1s);
  CAF_CHECK(x.status_of(victim).failure.find("holds entries up to 0") != std::string::npos);
  // With an empty log it gets the state from the others.
  x.nodes->crash(victim);
  x.nodes->set_log(victim, memory_wal());
  CAF_REQUIRE(x.nodes->start(victim).ok());
  x.propose(1);
  x.check();
}

CAF_TEST(what is retained stays until it is released or its owner ends) {
  vault_cluster x;
  x.propose(1);
  auto leader = x.nodes->leader_of(p);
  auto spawn_owner = [&] {
    return x.nodes->system->spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  };
  auto ask = [&](auto request) {
    return x.nodes->await(x.nodes->ask<operation_result>(x.nodes->node(leader), std::move(request)));
  };
  caf::actor one = spawn_owner();
  caf::actor two = spawn_owner();
  auto first = caf::actor_cast<caf::strong_actor_ptr>(one);
  auto second = caf::actor_cast<caf::strong_actor_ptr>(two);
  CAF_CHECK(ask(retain{p, log_index{3}, first}).code == status::success);
  CAF_CHECK(ask(retain{p, {}, second}).code == status::success);
  x.propose(60);
  CAF_CHECK_EQUAL(x.status_of(leader).first.value(), 1u);
  CAF_CHECK_EQUAL(x.status_of(leader).holds, 2u);
  CAF_CHECK(ask(release{p, second}).code == status::success);
  x.propose(40);
  CAF_CHECK_EQUAL(x.status_of(leader).first.value(), 3u);
  CAF_CHECK(ask(retain{p, log_index{1}, second}).code == status::snapshot_required);
  CAF_CHECK(ask(retain{p, log_index{1}, {}}).code == status::invalid_argument);
  first = {};
  caf::anon_send_exit(one, caf::exit_reason::kill);
  one = {};
  x.propose(40);
  CAF_CHECK_EQUAL(x.status_of(leader).holds, 0u);
  CAF_CHECK(x.status_of(leader).first > log_index{60});
  caf::anon_send_exit(two, caf::exit_reason::kill);
}

CAF_TEST(without export a follower below the floor is told at once to need a snapshot) {
  // Holds all that it was given, and says so, but does not hand it out.
  auto lines = std::make_shared<std::size_t>(0);
  auto machine = [=](const std::vector<entry>& entries) {
    *lines += entries.size();
    return applied{entries.back().index, {}};
  };
  auto make = [=](caf::actor_system& system, std::size_t) -> machine_handle {
    return system.spawn([=](state_machine::pointer) -> state_machine::behavior_type {
      return {
        [=](const restore_entries& x) { return machine(x.entries); },
        [=](const apply_entries& x) { return machine(x.entries); },
      };
    });
  };
  testing::cluster_options options;
  options.adjust = [](raft_config& x) { x.compact_every_operations = 20; };
  testing::cluster nodes{make, options};
  nodes.start_all();
  auto leader = nodes.leader_of(p);
  auto victim = leader % 3 + 1;
  nodes.network->isolate(node_id{victim});
  for (std::size_t i = 0; i < 60; ++i)
    nodes.propose_surely(p, "put", std::to_string(i));
  nodes.network->heal();
  nodes.propose_surely(p, "put", "last");
  leader = nodes.leader_of(p);
  auto is_told = [&] {
    auto found = nodes.await(nodes.ask<node_status>(nodes.node(leader), get_status{{p}})).partitions.at(0);
    return std::ranges::any_of(found.peers, [&](const peer_status& x) {
      return x.peer == node_id{victim} && x.snapshot == snapshot_progress::snapshot_required;
    });
  };
  auto says_it_itself = [&](std::size_t number) {
    return nodes.await(nodes.ask<node_status>(nodes.node(number), get_status{{p}})).partitions.at(0).snapshot_required;
  };
  auto told = false;
  for (auto waited = 0ms; !told && waited < 2s; waited += 100ms) {
    nodes.scheduler.run_for(100ms);
    told = is_told() && says_it_itself(victim);
  }
  CAF_CHECK(told);
  CAF_CHECK(!says_it_itself(leader));
  CAF_CHECK(!says_it_itself(6 - leader - victim));
}
