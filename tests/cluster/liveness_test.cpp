/// What whole nodes believe about each other, when nodes are killed and links are cut.
#define CAF_SUITE cluster_liveness
#include <caf/test/unit_test.hpp>

#include "actors/raft/raft_actor.hpp"
#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

cluster_options nodes(std::size_t n, std::uint64_t seed) {
  cluster_options x;
  x.nodes = n;
  x.seed = seed;
  x.adjust = [](raft_config& config) { // the defaults; elections of tests come sooner than pings
    config.enable_quiescence = false;
    config.ping_interval = 1s;
    config.ping_timeout = 500ms;
    config.suspicion_timeout = 5s;
    config.gossip_interval = 5s;
  };
  return x;
}

class watched_cluster : public virtual_cluster {
public:
  using virtual_cluster::virtual_cluster;

  liveness_view_ptr view(std::size_t viewer) {
    auto source = caf::actor_cast<liveness_source>(caf::actor_cast<caf::strong_actor_ptr>(node(viewer)));
    return await(ask<liveness_changed>(source, get_liveness{})).view;
  }

  std::string belief(std::size_t viewer, std::size_t subject) {
    auto all = view(viewer);
    const auto* x = all->find(node_id{subject});
    return x != nullptr ? std::string{to_string(x->state)} : "not a member";
  }

  /// How long it takes until all that run, but `subject`, believe this of it.
  std::optional<instant> wait_until_believed(std::size_t subject, const std::string& state, instant most) {
    for (instant waited{0}; waited < most; waited += 100ms) {
      auto all = up();
      if (std::ranges::all_of(all, [&](std::size_t i) { return i == subject || belief(i, subject) == state; }))
        return waited;
      scheduler.run_for(100ms);
    }
    return std::nullopt;
  }
};

} // namespace

CAF_TEST(nodes that run believe each other to be alive) {
  watched_cluster cluster{nodes(3, 1)};
  cluster.start_all();
  cluster.scheduler.run_for(30s);
  for (std::size_t i = 1; i <= 3; ++i) {
    auto all = cluster.view(i);
    CAF_REQUIRE_EQUAL(all->nodes.size(), 2u);
    CAF_CHECK(all->find(node_id{i}) == nullptr);
    for (const auto& x : all->nodes) {
      CAF_CHECK(x.state == liveness::alive);
      CAF_CHECK(x.incarnation > 0);
    }
  }
}

CAF_TEST(a node that is killed is suspect and then dead to the others until it is back) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    watched_cluster cluster{nodes(seed % 2 == 0 ? 3 : 5, seed)};
    cluster.start_all();
    cluster.scheduler.run_for(20s); // whoever missed others at the start trusts itself again
    cluster.crash(2);
    auto suspected = cluster.wait_until_believed(2, "suspect", 10s);
    CAF_REQUIRE(suspected);
    CAF_CHECK_LESS_OR_EQUAL(suspected->count(), instant{3s}.count());
    auto dead = cluster.wait_until_believed(2, "dead", 60s);
    CAF_REQUIRE(dead);
    CAF_CHECK(*dead > instant{3s}); // it had the time to object
    CAF_REQUIRE(cluster.start(2).ok());
    CAF_CHECK(cluster.wait_until_believed(2, "alive", 10s));
    cluster.scheduler.run_for(20s);
    for (std::size_t i : {1, 3})
      CAF_CHECK_EQUAL(cluster.belief(i, 2), "alive");
  }
}

CAF_TEST(a node that was cut off is alive again when the cut is mended) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    watched_cluster cluster{nodes(4, seed)};
    cluster.start_all();
    cluster.scheduler.run_for(5s);
    cluster.network->isolate(node_id{3});
    CAF_REQUIRE(cluster.wait_until_believed(3, "dead", 60s));
    CAF_CHECK_EQUAL(cluster.belief(1, 2), "alive");
    cluster.network->heal();
    for (std::size_t i = 1; i <= 4; ++i)
      CAF_CHECK(cluster.wait_until_believed(i, "alive", 30s));
    cluster.scheduler.run_for(20s);
    for (std::size_t i = 1; i <= 4; ++i)
      CAF_CHECK(cluster.wait_until_believed(i, "alive", 100ms));
  }
}

CAF_TEST(one direction of one link that is cut makes nobody dead) {
  watched_cluster cluster{nodes(3, 9)};
  cluster.start_all();
  cluster.scheduler.run_for(5s);
  cluster.network->cut(node_id{1}, node_id{2});
  for (auto i = 0; i < 60; ++i) {
    cluster.scheduler.run_for(1s);
    CAF_CHECK_EQUAL(cluster.belief(1, 2), "alive");
    CAF_CHECK_EQUAL(cluster.belief(2, 1), "alive");
  }
}

CAF_TEST(messages that are lost or late or come twice kill nobody) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    watched_cluster cluster{nodes(3, seed)};
    cluster.start_all();
    cluster.network->set_faults(
      {.loss = 0.1, .duplication = 0.1, .reordering = 0.1, .delay_min = 0ms, .delay_max = 100ms});
    for (auto i = 0; i < 120; ++i) {
      cluster.scheduler.run_for(1s);
      for (std::size_t viewer = 1; viewer <= 3; ++viewer)
        for (const auto& x : cluster.view(viewer)->nodes)
          CAF_CHECK(x.state != liveness::dead);
    }
  }
}

CAF_TEST(a node that is stopped in order is missed like one that was killed) {
  watched_cluster cluster{nodes(3, 4)};
  cluster.start_all();
  cluster.scheduler.run_for(5s);
  CAF_CHECK(cluster.stop(1).code == status::success);
  CAF_CHECK(cluster.wait_until_believed(1, "suspect", 5s));
  CAF_CHECK(cluster.wait_until_believed(1, "dead", 60s));
}
