// Nodes that know nobody when they start, and join through whom they find.
#define CAF_SUITE cluster_discovery
#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "tests/cluster/journal.hpp"
#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

using finder_ptr = std::shared_ptr<dynamic_discovery>;

contact contact_of(std::size_t number) {
  return {node_id{number}, {"127.0.0.1", static_cast<std::uint16_t>(7000 + number)}};
}

/// Nodes with numbers above those of the cluster are started by hand.
class growing_cluster : public kommander::testing::cluster {
public:
  explicit growing_cluster(std::size_t nodes = 3) : cluster{make_machine, options(nodes)} {
    start_all();
  }

  ~growing_cluster() override {
    for (auto& x : others_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    others_.clear();
    scheduler.settle();
    end();
  }

  result<raft_actor> start_with(std::size_t number, discovery_ptr finder, static_discovery named = {},
                                wal_factory log = memory_wal()) {
    raft_parts parts{std::move(log), in_process_transport(network), std::move(named), {}, std::move(finder)};
    auto started = spawn_raft(*system, config_of(number), std::move(parts), make_machine(*system, number));
    if (started)
      others_.push_back(*started);
    return started;
  }

  operation_result join_of(const raft_actor& x) {
    return await(ask<operation_result>(x, join{}));
  }

  cluster_roster roster_of(const raft_actor& x) {
    return await(ask<membership>(x, get_membership{})).roster;
  }

private:
  static machine_handle make_machine(caf::actor_system& in, std::size_t) {
    return spawn_machine(in, std::make_shared<journal>(), machine_hooks{});
  }

  static kommander::testing::cluster_options options(std::size_t nodes) {
    kommander::testing::cluster_options result;
    result.nodes = nodes;
    result.partitions = 2;
    result.adjust = [](raft_config& x) {
      x.join_timeout = 20s;
      x.learner_promotion_stable_window = 500ms;
    };
    return result;
  }

  std::vector<raft_actor> others_;
};

using progress_log = std::shared_ptr<std::vector<join_progress>>;

progress_log follow(growing_cluster& x, const raft_actor& node) {
  auto log = std::make_shared<std::vector<join_progress>>();
  event_listener listener = x.system->spawn([=](event_listener::pointer) -> event_listener::behavior_type {
    return {[](const restore_started&) {},       [](const restore_finished&) {},
            [](const replication_error&) {},     [](const leader_changed&) {},
            [](const partition_failed&) {},      [](const disk_stalled&) {},
            [](const partition_map_changed&) {}, [=](const join_progress& y) { log->push_back(y); }};
  });
  caf::anon_send(node, subscribe{listener});
  return log;
}

} // namespace

CAF_TEST(a node that is told of a contact later joins through it and says how far it is) {
  growing_cluster x;
  x.propose_surely(p, "test", "before");
  auto finder = std::make_shared<dynamic_discovery>();
  auto node = x.start_with(4, finder);
  CAF_REQUIRE(node.ok());
  auto log = follow(x, *node);
  x.scheduler.run_for(5s);
  CAF_REQUIRE(!log->empty());
  CAF_CHECK(std::ranges::all_of(*log, [](const auto& y) { return y.phase == join_phase::asking; }));
  CAF_CHECK_NOT_EQUAL(log->back().trouble.find("no node is known"), std::string::npos);
  CAF_CHECK(!x.roster_of(*node).version);
  finder->set({{node_id{}, {"127.0.0.1", 7001}}, contact_of(2), contact_of(4)}); // somebody, a member, and itself
  auto joined = x.join_of(*node);
  CAF_CHECK_EQUAL(joined.reason, "");
  CAF_CHECK(joined.code == status::success);
  CAF_CHECK(x.roster_of(*node).find(node_id{4})->role == member_role::voter);
  x.scheduler.run_for(1s);
  CAF_CHECK((log->back() == join_progress{join_phase::voter, 0, 0, {}}));
  auto is_close = [](const join_progress& y) {
    return y.phase == join_phase::catching_up && y.caught_up == 3 && y.partitions == 3;
  };
  CAF_CHECK(std::ranges::any_of(*log, is_close));
  CAF_CHECK(std::ranges::is_sorted(*log, {}, &join_progress::phase));
}

CAF_TEST(nodes that only find each other never form a cluster) {
  growing_cluster x{1};
  auto log = memory_wal();
  for (auto start = 0; start < 2; ++start) { // nor when they are started again
    auto one = std::make_shared<dynamic_discovery>();
    auto two = std::make_shared<dynamic_discovery>();
    one->set({contact_of(12)});
    two->set({contact_of(11)});
    auto first = x.start_with(11, one, {}, log);
    auto second = x.start_with(12, two);
    CAF_REQUIRE(first.ok() && second.ok());
    auto joined = x.join_of(*first);
    CAF_CHECK(joined.code == status::proposal_timeout);
    CAF_CHECK_NOT_EQUAL(joined.reason.find("no member"), std::string::npos);
    for (const auto& node : {*first, *second}) {
      CAF_CHECK(!x.roster_of(node).version);
      CAF_CHECK(!x.await(x.ask<leader_result>(node, get_leader{partition_id{}})).leader.id);
      x.await(x.ask<operation_result>(node, stop{}));
    }
  }
}

CAF_TEST(one that is named alone begins a cluster and those who find it join) {
  growing_cluster x{1};
  auto begins = x.start_with(11, nullptr, {{{node_id{11}, {"127.0.0.1", 7011}}}});
  CAF_REQUIRE(begins.ok());
  auto finder = std::make_shared<dynamic_discovery>();
  finder->set({contact_of(11), contact_of(13)});
  auto other = std::make_shared<dynamic_discovery>();
  other->set({contact_of(11), contact_of(12)});
  auto second = x.start_with(12, finder);
  auto third = x.start_with(13, other);
  CAF_REQUIRE(second.ok() && third.ok());
  CAF_CHECK_EQUAL(x.join_of(*second).reason, "");
  CAF_CHECK_EQUAL(x.join_of(*third).reason, "");
  CAF_CHECK_EQUAL(x.roster_of(*third).in_role(member_role::voter).size(), 3u);
}

CAF_TEST(a join ends with the reason when nobody who was found answers) {
  growing_cluster x{1};
  auto finder = std::make_shared<dynamic_discovery>();
  finder->set({contact_of(99)});
  auto node = x.start_with(11, finder);
  CAF_REQUIRE(node.ok());
  auto joined = x.join_of(*node);
  CAF_CHECK(joined.code == status::proposal_timeout);
  CAF_CHECK_NOT_EQUAL(joined.reason.find("node 99 does not answer"), std::string::npos);
}

CAF_TEST(a discovery that cannot be started is an error and nothing is left of the node) {
  caf::actor_system_config config;
  setup(config);
  caf::actor_system system{config};
  auto network = in_process_network::make();
  auto start = [&](discovery_ptr finder) {
    raft_config settings;
    settings.node_id = 11;
    settings.log_level = "off";
    raft_parts parts{memory_wal(), in_process_transport(network), {}, {}, std::move(finder)};
    return spawn_raft(system, settings, std::move(parts),
                      machine_handle{spawn_machine(system, std::make_shared<journal>())});
  };
  auto used = std::make_shared<dynamic_discovery>();
  CAF_REQUIRE(used->start(system, {"default", {node_id{77}, {"127.0.0.1", 1}}, [](auto&&) {}}).ok());
  auto refused = start(used);
  CAF_REQUIRE(!refused.ok());
  CAF_MESSAGE(refused.error().message);
  auto again = start(std::make_shared<dynamic_discovery>()); // its place in the network is free
  CAF_REQUIRE(again.ok());
  caf::scoped_actor self{system};
  self->request(*again, caf::infinite, stop{})
    .receive([](const operation_result& x) { CAF_CHECK(x.code == status::success); },
             [](const caf::error&) { CAF_CHECK(false); });
}
