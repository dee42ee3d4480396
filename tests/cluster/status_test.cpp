// What a node tells of itself: figures on request, and a stream of which the latest value wins.
#define CAF_SUITE cluster_status
#include <caf/test/unit_test.hpp>

#include "tests/cluster/virtual_cluster.hpp"

using namespace kommander;
using namespace std::chrono_literals;
using cluster_test::virtual_cluster;

namespace {

constexpr partition_id p{1};

using seen_promise = caf::typed_response_promise<status_seen>;

/// What a listener got, and its answers if it keeps them back.
struct dashboard {
  std::vector<node_status> got;
  std::vector<seen_promise> owed;
  bool answers = true;
};

using dashboard_ptr = std::shared_ptr<dashboard>;

/// Asked to flush, it gives the answers that it has kept back: promises may be kept by their actor only.
using slow_listener = status_listener::extend<caf::reacts_to<caf::flush_atom>>;

slow_listener::behavior_type listener(slow_listener::pointer self, dashboard_ptr to) {
  return {
    [=](status_changed& x) -> caf::result<status_seen> {
      to->got.push_back(std::move(x.status));
      if (to->answers)
        return status_seen{};
      to->owed.push_back(self->make_response_promise<seen_promise>());
      return to->owed.back();
    },
    [=](caf::flush_atom) {
      for (auto& x : to->owed)
        x.deliver(status_seen{});
      to->owed.clear();
    },
  };
}

struct fixture {
  virtual_cluster cluster{{}};
  std::size_t leader = 0;

  fixture() {
    cluster.start_all();
    leader = cluster.leader_of(p);
  }

  slow_listener subscribe(const dashboard_ptr& to, std::chrono::milliseconds interval = 1s) {
    auto handle = cluster.system->spawn(listener, to);
    caf::anon_send(cluster.node(leader), subscribe_status{handle, interval});
    return handle;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(status_tests, fixture)

CAF_TEST(a leader tells how much it commits how long that takes and how far its followers are) {
  for (auto i = 0; i < 50; ++i)
    CAF_REQUIRE(cluster.propose(leader, p, "x").code == status::success);
  cluster.check_replicas();
  auto x = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{{p}})).partitions.at(0);
  CAF_CHECK(x.load.operations_per_second >= 5);
  CAF_CHECK(x.load.commit_wait_p50 <= x.load.commit_wait_p99);
  CAF_CHECK_EQUAL(x.load.uncommitted_entries, 0u);
  CAF_CHECK_EQUAL(x.load.wal_queue_entries, 0u);
  CAF_REQUIRE_EQUAL(x.peers.size(), 2u);
  for (const auto& peer : x.peers) {
    CAF_CHECK_EQUAL(peer.lag, 0u);
    CAF_CHECK(peer.state == catch_up_state::replicating);
  }
  cluster.scheduler.run_for(30s);
  auto idle = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{{p}})).partitions.at(0);
  CAF_CHECK(idle.load.operations_per_second == 0);
}

CAF_TEST(a follower that is cut off lags and what waits for a majority is counted) {
  auto cut = leader == 1 ? 2u : 1u;
  cluster.network->isolate(node_id{cut});
  for (auto i = 0; i < 10; ++i)
    CAF_REQUIRE(cluster.propose(leader, p, "x").code == status::success);
  cluster.network->isolate(node_id{leader});
  auto doubtful = cluster.propose_later(leader, p, "doubtful");
  cluster.scheduler.settle();
  auto x = cluster.await(cluster.ask<node_status>(cluster.node(leader), get_status{{p}})).partitions.at(0);
  CAF_CHECK_EQUAL(x.load.uncommitted_entries, 1u);
  CAF_CHECK(x.load.uncommitted_bytes > 0);
  for (const auto& peer : x.peers)
    CAF_CHECK_EQUAL(peer.lag, peer.peer == node_id{cut} ? 11u : 1u);
  cluster.await(doubtful);
}

CAF_TEST(a listener gets the status at once and then in its interval) {
  auto to = std::make_shared<dashboard>();
  subscribe(to);
  cluster.scheduler.settle();
  CAF_REQUIRE_EQUAL(to->got.size(), 1u);
  CAF_CHECK(to->got[0].self.id == node_id{leader});
  CAF_CHECK_EQUAL(to->got[0].partitions.size(), 2u);
  cluster.propose_surely(p, "news");
  auto last = to->got.back().partitions[1].last;
  cluster.scheduler.run_for(10s);
  CAF_CHECK(to->got.size() >= 9u && to->got.size() <= 12u);
  CAF_CHECK(to->got.back().partitions[1].last > last);
}

CAF_TEST(a listener that does not answer gets nothing more and then the latest) {
  auto slow = std::make_shared<dashboard>();
  auto quick = std::make_shared<dashboard>();
  slow->answers = false;
  auto handle = subscribe(slow, 100ms);
  subscribe(quick, 100ms);
  cluster.scheduler.run_for(5s);
  CAF_CHECK_EQUAL(slow->got.size(), 1u);
  CAF_CHECK(quick->got.size() >= 40u);
  for (auto i = 0; i < 20; ++i)
    cluster.propose_surely(p, "meanwhile");
  cluster.scheduler.run_for(1s);
  CAF_CHECK_EQUAL(slow->got.size(), 1u);
  caf::anon_send(handle, caf::flush_atom::value);
  cluster.scheduler.run_for(200ms);
  CAF_REQUIRE_EQUAL(slow->got.size(), 2u);
  CAF_CHECK(slow->got[1].partitions[1].last >= slow->got[0].partitions[1].last + 20);
  caf::anon_send(handle, caf::flush_atom::value);
  cluster.scheduler.settle();
}

CAF_TEST(a listener that ends or unsubscribes is forgotten and holds up nobody) {
  auto gone = std::make_shared<dashboard>();
  auto left = std::make_shared<dashboard>();
  auto stays = std::make_shared<dashboard>();
  gone->answers = false;
  auto dead = subscribe(gone, 100ms);
  auto leaver = subscribe(left, 100ms);
  subscribe(stays, 100ms);
  cluster.scheduler.settle();
  caf::anon_send_exit(dead, caf::exit_reason::kill);
  caf::anon_send(cluster.node(leader), unsubscribe_status{leaver});
  cluster.scheduler.settle();
  auto before = stays->got.size();
  cluster.scheduler.run_for(5s);
  CAF_CHECK_EQUAL(gone->got.size(), 1u);
  CAF_CHECK_EQUAL(left->got.size(), 1u);
  CAF_CHECK(stays->got.size() >= before + 40);
  cluster.propose_surely(p, "after");
}

CAF_TEST(a node stops while a listener does not answer) {
  auto slow = std::make_shared<dashboard>();
  slow->answers = false;
  subscribe(slow, 100ms);
  cluster.scheduler.run_for(1s);
  CAF_CHECK(cluster.stop(leader).code == status::success);
  slow->owed.clear(); // else it would never end
}

CAF_TEST_FIXTURE_SCOPE_END()
