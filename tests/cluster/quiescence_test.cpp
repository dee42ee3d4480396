// Whole nodes whose partitions sleep: what they send, what wakes them, and who replaces a leader that is gone.
#define CAF_SUITE cluster_quiescence
#include <caf/test/unit_test.hpp>

#include "actors/swim/liveness_message.hpp"
#include "net/in_process/network.hpp"
#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

constexpr partition_id q{2};

/// The longest time until all is quiet: `quiesce_after`, rounds of heartbeats, and what was under way.
constexpr auto bedtime = 20s;

/// Elections last up to 800 ms here; the failure detector and the timers may be a tick late each.
constexpr auto election = 800ms + 4 * 100ms;

class sleeping_cluster : public virtual_cluster {
public:
  explicit sleeping_cluster(cluster_options options = {}) : virtual_cluster{with_partitions(std::move(options))} {
    start_all();
    for (std::uint32_t i = 0; i <= partitions_; ++i)
      leader_of(partition_id{i});
    propose_surely(p, "before");
  }

  partition_status status_of(std::size_t number, partition_id partition) {
    return await(ask<node_status>(node(number), get_status{{partition}})).partitions.at(0);
  }

  bool sleeps(std::size_t number, partition_id partition) {
    return status_of(number, partition).asleep;
  }

  /// Of all nodes that are up.
  bool all_sleep(partition_id partition) {
    return std::ranges::all_of(up(), [&](std::size_t x) { return sleeps(x, partition); });
  }

  bool all_sleep() {
    for (std::uint32_t i = 0; i <= partitions_; ++i)
      if (!all_sleep(partition_id{i}))
        return false;
    return true;
  }

  /// Asks each tenth of a second, in virtual time.
  template <class Condition>
  bool becomes(Condition condition, caf::timespan limit = bedtime) {
    for (caf::timespan waited{0}; waited < limit; waited += 100ms) {
      if (condition())
        return true;
      scheduler.run_for(100ms);
    }
    return condition();
  }

  void fall_asleep() {
    require(becomes([&] { return all_sleep(); }), "an idle cluster falls asleep");
    scheduler.settle();
  }

  /// Of partitions: failure detectors go on.
  [[nodiscard]] std::uint64_t messages() const {
    return dynamic_cast<const net::in_process_network_impl&>(*network).delivered_to_partitions();
  }

  /// What a failure detector would tell this node.
  void believe(std::size_t number, std::size_t of, liveness state, std::uint64_t incarnation = 1) {
    auto view = std::make_shared<liveness_view>();
    view->version = ++version_;
    for (std::size_t i = 1; i <= 3; ++i)
      if (i != number)
        view->nodes.push_back({node_id{i}, i == of ? state : liveness::alive, i == of ? incarnation : 1, {}});
    auto handle = caf::actor_cast<caf::strong_actor_ptr>(node(number));
    caf::anon_send(caf::actor_cast<liveness_listener>(handle), liveness_changed{std::move(view)});
    scheduler.settle();
  }

  std::size_t another(std::size_t number) {
    return number == 1 ? 2 : 1;
  }

private:
  static cluster_options with_partitions(cluster_options x) {
    x.partitions = partitions_;
    return x;
  }

  static constexpr std::uint32_t partitions_ = 8;
  std::uint64_t version_ = 1000;
};

cluster_options with_seed(std::uint64_t seed) {
  cluster_options x;
  x.seed = seed;
  return x;
}

} // namespace

// -- sleep --------------------------------------------------------------------------------------------------------

CAF_TEST(an idle cluster falls asleep and sends nothing) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto before = cluster.messages();
  auto steps = cluster.scheduler.steps();
  cluster.scheduler.run_for(10min);
  CAF_CHECK_EQUAL(cluster.messages(), before);
  CAF_CHECK(cluster.all_sleep());
  // What is left is each node's one timer, each 50 ms, and its failure detector's; and nothing of them a partition's.
  auto looks = 10 * 60 * 20 * 3;
  CAF_CHECK_LESS(cluster.scheduler.steps() - steps, static_cast<std::uint64_t>(20 * looks));
  cluster.propose_surely(p, "after");
  cluster.check_replicas();
}

CAF_TEST(without quiescence heartbeats go on) {
  cluster_options options;
  options.adjust = [](raft_config& x) { x.enable_quiescence = false; };
  sleeping_cluster cluster{options};
  cluster.scheduler.run_for(bedtime);
  auto before = cluster.messages();
  cluster.scheduler.run_for(10s);
  CAF_CHECK_GREATER(cluster.messages(), before + 100);
  CAF_CHECK(!cluster.sleeps(cluster.leader_of(p), p));
}

CAF_TEST(who asks for the status of what sleeps gets it and wakes nobody) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto before = cluster.messages();
  for (std::size_t i = 1; i <= 3; ++i) {
    auto status = cluster.status_of(i, p);
    CAF_CHECK(status.asleep);
    CAF_CHECK(status.leader.id);
    CAF_CHECK(status.commit == status.last);
    auto told = cluster.await(cluster.ask<leader_result>(cluster.node(i), get_leader{p}));
    CAF_CHECK(told.leader.id == status.leader.id);
    CAF_CHECK(cluster.await(cluster.ask<pending_tickets>(cluster.node(i), get_pending_tickets{p})).tickets.empty());
  }
  cluster.scheduler.run_for(10s);
  CAF_CHECK_EQUAL(cluster.messages(), before);
  CAF_CHECK(cluster.all_sleep());
}

// -- what wakes ---------------------------------------------------------------------------------------------------

CAF_TEST(a write wakes its partition and no other and is committed) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto term = cluster.status_of(leader, p).term;
  CAF_CHECK(cluster.propose(leader, p, "wakes").code == status::success);
  CAF_CHECK(!cluster.sleeps(leader, p));
  CAF_CHECK(cluster.all_sleep(q));
  CAF_CHECK(cluster.becomes([&] { return cluster.all_sleep(p); }));
  CAF_CHECK(cluster.status_of(leader, p).term == term);
  cluster.check_replicas();
}

CAF_TEST(a proposal that comes after a long sleep has all its time) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  cluster.scheduler.run_for(5min);
  auto leader = cluster.leader_of(p);
  CAF_CHECK(cluster.propose(leader, p, "late").code == status::success);
  for (auto policy : {read_policy::leader, read_policy::follower})
    CAF_CHECK(cluster.await(cluster.ask<read_result>(cluster.node(leader), read_barrier{p, policy})).code
              == status::success);
}

CAF_TEST(a read through a follower that sleeps is answered) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  cluster.scheduler.run_for(5min);
  auto follower = cluster.another(cluster.leader_of(p));
  auto read = cluster.await(cluster.ask<read_result>(cluster.node(follower), read_barrier{p, read_policy::follower}));
  CAF_CHECK(read.code == status::success);
  CAF_CHECK(read.index == cluster.status_of(follower, p).commit);
}

CAF_TEST(a proposal at a follower that sleeps is refused and makes it look after its leader) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto term = cluster.status_of(leader, p).term;
  auto follower = cluster.another(leader);
  CAF_CHECK(cluster.propose(follower, p, "elsewhere").code == status::node_is_not_leader);
  CAF_CHECK(!cluster.sleeps(follower, p));
  cluster.scheduler.run_for(10s);
  CAF_CHECK(cluster.status_of(leader, p).term == term); // the leader has answered
  CAF_CHECK(cluster.all_sleep(p));
}

CAF_TEST(leadership of a partition that sleeps can be handed over) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto target = cluster.another(leader);
  auto done =
    cluster.await(cluster.ask<operation_result>(cluster.node(leader), transfer_leadership{p, node_id{target}}));
  CAF_CHECK(done.code == status::success);
  CAF_CHECK_EQUAL(cluster.leader_of(p), target);
  cluster.fall_asleep();
}

CAF_TEST(a manual proposal is rolled back in time while its partition sleeps) {
  sleeping_cluster cluster;
  propose manual{p, "test", {bytes{std::string{"a"}}}};
  manual.auto_commit = false;
  manual.decide_within = 3s; // of the clock on the wall, which does not go on with the virtual one
  auto leader = cluster.leader_of(p);
  CAF_REQUIRE(cluster.await(cluster.ask<propose_result>(cluster.node(leader), manual)).code == status::success);
  cluster.fall_asleep();
  CAF_REQUIRE_EQUAL(cluster.status_of(leader, p).pending_tickets, 1u);
  auto until = std::chrono::steady_clock::now() + 60s;
  while (cluster.status_of(leader, p).pending_tickets > 0 && std::chrono::steady_clock::now() < until)
    cluster.scheduler.run_for(10s);
  CAF_CHECK_EQUAL(cluster.status_of(leader, p).pending_tickets, 0u);
  cluster.fall_asleep();
}

// -- leaders that are gone ------------------------------------------------------------------------------------------

CAF_TEST(a dead leader of partitions that sleep is replaced within an election) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    sleeping_cluster cluster{with_seed(seed)};
    cluster.fall_asleep();
    auto dead = cluster.leader_of(p);
    auto term = cluster.status_of(dead, p).term;
    cluster.crash(dead);
    auto witness = cluster.another(dead);
    auto replaced = [&] {
      auto x = cluster.status_of(witness, p);
      return x.term > term && x.leader.id;
    };
    CAF_CHECK(cluster.becomes(replaced, election));
    cluster.propose_surely(p, "meanwhile");
    CAF_REQUIRE(cluster.start(dead).ok());
    cluster.propose_surely(p, "after");
    cluster.fall_asleep();
    cluster.check_replicas();
  }
}

CAF_TEST(a leader that was cut off while all slept is replaced and finds its successor) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto old = cluster.leader_of(p);
  auto term = cluster.status_of(old, p).term;
  auto witness = cluster.another(old);
  cluster.network->isolate(node_id{old});
  CAF_CHECK(cluster.becomes([&] { return cluster.status_of(witness, p).term > term; }));
  cluster.network->heal();
  cluster.propose_surely(p, "after");
  cluster.fall_asleep();
  CAF_CHECK(cluster.status_of(old, p).leader.id == cluster.status_of(witness, p).leader.id);
  cluster.check_replicas();
}

CAF_TEST(a leader that starts anew while its followers sleep is found or replaced) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    sleeping_cluster cluster{with_seed(seed)};
    cluster.fall_asleep();
    auto leader = cluster.leader_of(p);
    cluster.crash(leader);
    CAF_REQUIRE(cluster.start(leader).ok()); // before anybody could miss it
    auto led = [&] {
      return std::ranges::all_of(cluster.up(), [&](std::size_t x) { return bool{cluster.status_of(x, p).leader.id}; })
             && !cluster.sleeps(leader, p);
    };
    CAF_CHECK(cluster.becomes(led, 2 * election));
    cluster.propose_surely(p, "after");
    cluster.fall_asleep();
    cluster.check_replicas();
  }
}

CAF_TEST(a follower that starts anew is brought up to date by a leader that slept) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto follower = cluster.another(leader);
  cluster.crash(follower);
  cluster.propose_surely(p, "meanwhile");
  cluster.scheduler.run_for(bedtime);
  CAF_CHECK(!cluster.sleeps(leader, p)); // somebody is behind
  CAF_REQUIRE(cluster.start(follower).ok());
  cluster.fall_asleep();
  CAF_CHECK(cluster.status_of(follower, p).commit == cluster.status_of(leader, p).commit);
  cluster.check_replicas();
}

CAF_TEST(a follower behind its leader keeps it awake until it has all) {
  sleeping_cluster cluster;
  auto leader = cluster.leader_of(p);
  auto behind = cluster.another(leader);
  cluster.network->cut(node_id{leader}, node_id{behind});
  cluster.propose_surely(p, "not for all");
  cluster.scheduler.run_for(bedtime);
  CAF_CHECK(!cluster.sleeps(cluster.leader_of(p), p));
  cluster.network->heal();
  cluster.fall_asleep();
  CAF_CHECK(cluster.status_of(1, p).commit == cluster.status_of(2, p).commit);
  cluster.check_replicas();
}

CAF_TEST(a leader whose state machine ends while all sleep is replaced) {
  auto ends = std::make_shared<bool>(false);
  cluster_options options;
  options.hooks.fail = [ends](const entry&) -> std::optional<caf::error> {
    if (std::exchange(*ends, false))
      throw std::runtime_error{"the machine is broken"};
    return std::nullopt;
  };
  sleeping_cluster cluster{options};
  cluster.propose_surely(q, "before");
  auto leader = cluster.leader_of(p);
  auto moved = cluster.await(
    cluster.ask<operation_result>(cluster.node(cluster.leader_of(q)), transfer_leadership{q, node_id{leader}}));
  CAF_REQUIRE(moved.code == status::success);
  cluster.fall_asleep();
  auto term = cluster.status_of(leader, p).term;
  *ends = true; // one state machine for all partitions of the node: an entry of another one ends it
  cluster.propose_later(leader, q, "kills");
  auto witness = cluster.another(leader);
  CAF_CHECK(cluster.becomes(
    [&] {
      auto x = cluster.status_of(witness, p);
      return x.term > term && x.leader.id;
    },
    2 * election));
  CAF_CHECK(cluster.status_of(leader, p).role == raft_role::failed);
}

// -- suspicions ---------------------------------------------------------------------------------------------------

CAF_TEST(a follower that suspects its leader wrongly disturbs nobody) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto follower = cluster.another(leader);
  auto term = cluster.status_of(leader, p).term;
  cluster.believe(follower, leader, liveness::suspect);
  CAF_CHECK(!cluster.sleeps(follower, p));
  for (auto i = 0; i < 20; ++i) { // it is not left asleep as long as the suspicion lasts
    cluster.scheduler.run_for(1s);
    CAF_CHECK(cluster.becomes([&] { return !cluster.sleeps(follower, p); }, 1s));
  }
  CAF_CHECK(cluster.status_of(leader, p).term == term);
  CAF_CHECK(cluster.status_of(follower, p).leader.id == node_id{leader});
  cluster.believe(follower, leader, liveness::alive, 2);
  cluster.fall_asleep();
}

CAF_TEST(a suspicion wakes only partitions that rely on the suspect) {
  sleeping_cluster cluster;
  // Whom each leads is known: p the first, q the second, and the third suspects the first.
  for (auto [partition, target] : {std::pair{p, 1u}, std::pair{q, 2u}}) {
    auto leader = cluster.leader_of(partition);
    if (leader != target)
      cluster.await(
        cluster.ask<operation_result>(cluster.node(leader), transfer_leadership{partition, node_id{target}}));
  }
  cluster.fall_asleep();
  cluster.believe(3, 1, liveness::suspect);
  CAF_CHECK(!cluster.sleeps(3, p));
  CAF_CHECK(cluster.all_sleep(q));
  cluster.believe(3, 1, liveness::alive, 2);
  cluster.fall_asleep();
  cluster.believe(2, 1, liveness::dead); // a leader cannot rely on a dead follower either
  CAF_CHECK(!cluster.sleeps(2, q));
}

CAF_TEST(a node that started anew is asked whether it still leads) {
  sleeping_cluster cluster;
  cluster.fall_asleep();
  auto leader = cluster.leader_of(p);
  auto follower = cluster.another(leader);
  cluster.believe(follower, leader, liveness::alive, 1);
  CAF_CHECK(cluster.sleeps(follower, p));
  auto before = cluster.messages();
  cluster.believe(follower, leader, liveness::alive, 2);
  CAF_CHECK_GREATER(cluster.messages(), before);
  cluster.fall_asleep();
}
