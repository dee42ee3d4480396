/// Servers in network namespaces of their own, on links that are cut, one way too, slow and lossy. Needs the right to
/// make namespaces, and TAP devices.
#define CAF_SUITE process_network

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/network.hpp"
#include "tests/process/harness/test.hpp"

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

using namespace process_test;
using namespace std::chrono_literals;

namespace {

/// Runs `test` on a cluster whose nodes have links between them.
template <class Test>
void with_network(cluster_options options, Test test) {
  network net{options.nodes};
  if (!net.problem().empty()) {
    CAF_MESSAGE("SKIPPED: no networks can be made here (" << net.problem() << ")");
    CAF_CHECK(!net.problem().empty());
    return;
  }
  options.net = &net;
  // Nobody but them is on this network.
  options.arguments.emplace_back("--allow-unauthenticated-cluster");
  with_cluster(options, [&](cluster& servers, client& user) { test(net, servers, user); });
}

/// Goes on until so many times the longest election time-out is over: what would depose a leader has done it by then.
void work_through(cluster& servers, client& user, int time_outs) {
  auto end = std::chrono::steady_clock::now() + time_outs * servers.options().election_max;
  user.await_progress(100);
  while (std::chrono::steady_clock::now() < end)
    user.await_progress(20);
}

kommander::partition_status status_of(client& user, std::size_t node, std::uint64_t partition) {
  for (const auto& x : user.status(node).partitions)
    if (x.partition.value() == partition)
      return x;
  throw test_failure{cluster::name_of(node) + " has no such partition"};
}

bool leads(client& user, std::size_t node, std::uint64_t partition) {
  return status_of(user, node, partition).role == kommander::raft_role::leader;
}

/// The term that a node is in itself, whatever the others are in: it climbs with each candidacy.
std::uint64_t term_at(client& user, std::size_t node, std::uint64_t partition) {
  return status_of(user, node, partition).term.value();
}

/// How many of a node's proposals, beginning with the `first` one, were acknowledged.
std::size_t acknowledged(client& user, std::uint64_t partition, std::size_t first, std::size_t count) {
  auto all = user.proposals_of(partition);
  auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
  return static_cast<std::size_t>(std::count_if(begin, begin + static_cast<std::ptrdiff_t>(count),
                                                [](const auto& x) { return x.known == fate::acknowledged; }));
}

/// What the nodes believe about each other, looked at again and again.
class beliefs {
public:
  beliefs(cluster& servers, client& user) : servers_{servers}, user_{user} {
    first_ = user.members(0).roster.version;
  }

  void look() {
    pairs suspects;
    pairs dead;
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      auto x = user_.members(i);
      for (auto id : x.suspects)
        suspects.emplace(i, id);
      for (auto id : x.dead)
        dead.emplace(i, id);
      last_ = std::max(last_, x.roster.version);
    }
    suspected_ += news(suspects, suspects_);
    declared_dead_ += news(dead, dead_);
    ++looks_;
  }

  /// How often a node was seen to take another for dead.
  [[nodiscard]] std::size_t declared_dead() const noexcept {
    return declared_dead_;
  }

  /// Every change of who is a member raises the version.
  [[nodiscard]] bool roster_changed() const noexcept {
    return last_ != first_;
  }

  [[nodiscard]] std::string describe() const {
    return std::to_string(looks_) + " looks: " + std::to_string(suspected_) + " suspicions, "
           + std::to_string(declared_dead_) + " taken for dead, version of the roster " + std::to_string(first_.value())
           + " before and " + std::to_string(last_.value()) + " after";
  }

private:
  using pairs = std::set<std::pair<std::size_t, kommander::node_id>>;

  /// How many are in `now` that were not there at the last look.
  static std::size_t news(const pairs& now, pairs& before) {
    auto is_new = [&](const auto& x) { return !before.contains(x); };
    auto result = static_cast<std::size_t>(std::ranges::count_if(now, is_new));
    before = now;
    return result;
  }

  cluster& servers_;
  client& user_;
  kommander::roster_version first_;
  kommander::roster_version last_;
  pairs suspects_;
  pairs dead_;
  std::size_t suspected_ = 0;
  std::size_t declared_dead_ = 0;
  std::size_t looks_ = 0;
};

/// Keeps as many processors busy as there are.
class busy_processors {
public:
  busy_processors() {
    for (auto i = 0u; i < std::thread::hardware_concurrency(); ++i)
      threads_.emplace_back([](const std::stop_token& end) {
        for (std::atomic<std::uint64_t> x = 0; !end.stop_requested(); ++x) {
          // nop
        }
      });
  }

private:
  std::vector<std::jthread> threads_;
};

/// How long a run is asked for; nothing if a short one is enough.
std::optional<std::chrono::seconds> long_run() {
  const auto* seconds = std::getenv("KOMMANDER_NETWORK_SECONDS");
  return seconds != nullptr ? std::optional{std::chrono::seconds{std::atoi(seconds)}} : std::nullopt;
}

} // namespace

// -- cut ------------------------------------------------------------------------------------------------------------

CAF_TEST(a leader that is cut off acknowledges nothing and follows its successor when it is back) {
  constexpr std::size_t late = 20;
  with_network({.partitions = 3}, [](network& net, cluster&, client& user) {
    user.run();
    user.await_progress(100);
    auto old = user.leader_of(1, 0);
    auto witness = other_than(old.node, old.node);
    net.isolate(old.node);
    auto first = user.send_to(old.node, 1, late);
    CAF_CHECK(eventually([&] { return user.leader_of(1, witness).term > old.term; }));
    CAF_CHECK(eventually([&] { return !leads(user, old.node, 1); }));
    user.await_progress(200);
    auto first_after = user.send_to(old.node, 1, late);
    net.heal();
    CAF_CHECK(eventually([&] { return user.leaders(old.node) == user.leaders(witness); }));
    user.await_progress(100);
    user.drain();
    CAF_CHECK_EQUAL(acknowledged(user, 1, first, late) + acknowledged(user, 1, first_after, late), 0u);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a leader that hears nobody steps down though all hear it and its successor stays) {
  with_network(patient_options(1), [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto old = user.leader_of(1, 0);
    auto witness = other_than(old.node, old.node);
    for (auto i : {witness, other_than(old.node, witness)})
      net.cut_one_way(i, old.node);
    CAF_CHECK(eventually([&] { return !leads(user, old.node, 1); }));
    CAF_CHECK(eventually([&] { return user.leader_of(1, witness).term > old.term; }));
    user.await_progress(100);
    auto successor = user.leader_of(1, witness);
    CAF_CHECK(successor.node != old.node);
    work_through(servers, user, 2);
    CAF_CHECK(user.leader_of(1, witness) == successor);
    CAF_CHECK_EQUAL(term_at(user, old.node, 1), old.term);
    net.heal();
    CAF_CHECK(eventually([&] { return user.leader_of(1, old.node) == successor; }));
    user.await_progress(100);
    CAF_CHECK(user.leader_of(1, witness) == successor);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(followers that hear nobody or are heard by nobody depose no leader) {
  with_network(patient_options(1), [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    auto deaf = other_than(before.node, before.node);
    auto mute = other_than(before.node, deaf);
    for (auto follower : {deaf, mute}) {
      for (std::size_t i = 0; i < servers.size(); ++i) {
        if (i != follower && follower == deaf)
          net.cut_one_way(i, follower);
        if (i != follower && follower == mute)
          net.cut_one_way(follower, i);
      }
      work_through(servers, user, 2);
      CAF_CHECK(user.leader_of(1, before.node) == before);
      CAF_CHECK_EQUAL(term_at(user, follower, 1), before.term);
      net.heal();
      CAF_CHECK(eventually([&] { return user.leader_of(1, follower) == before; }));
      user.await_progress(100);
    }
    CAF_CHECK_EQUAL(user.verdict(), "");
    CAF_CHECK(user.leader_of(1, before.node) == before);
  });
}

CAF_TEST(a leader and a follower that reach each other only through a third disturb nobody) {
  with_network(patient_options(1), [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    auto follower = other_than(before.node, before.node);
    auto bridge = other_than(before.node, follower);
    net.cut(before.node, follower);
    work_through(servers, user, 2);
    CAF_CHECK(user.leader_of(1, before.node) == before);
    CAF_CHECK(user.leader_of(1, bridge) == before);
    CAF_CHECK_EQUAL(term_at(user, follower, 1), before.term);
    net.heal();
    CAF_CHECK(eventually([&] { return user.leader_of(1, follower) == before; }));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(where all reach only one of them that one leads) {
  with_network({.nodes = 5, .partitions = 2}, [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto old = user.leader_of(1, 0);
    auto hub = other_than(old.node, user.leader_of(2, 0).node);
    for (std::size_t a = 0; a < servers.size(); ++a)
      for (std::size_t b = 0; b < a; ++b)
        if (a != hub && b != hub)
          net.cut(a, b);
    for (std::uint64_t p = 1; p <= servers.options().partitions; ++p)
      CAF_CHECK(eventually([&] { return user.leader_of(p, hub).node == hub; }));
    user.await_progress(200);
    CAF_CHECK(!leads(user, old.node, 1));
    net.heal();
    CAF_CHECK(eventually([&] { return user.leaders(old.node) == user.leaders(hub); }));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

// -- slow -----------------------------------------------------------------------------------------------------------

CAF_TEST(slow links need no election) {
  with_network(patient_options(1), [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    for (auto delay : {40ms, 80ms}) {
      net.slow_all(delay);
      work_through(servers, user, 1);
      for (std::size_t i = 0; i < servers.size(); ++i)
        CAF_CHECK(user.leader_of(1, i) == before);
    }
    CAF_CHECK(net.count().delayed > 0);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a follower slower than its election time outs holds nobody up and has everything in the end) {
  cluster_options options{.partitions = 1};
  options.election_min = 600ms;
  options.election_max = 1000ms;
  with_network(options, [](network& net, cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    auto slow = other_than(before.node, before.node);
    for (std::size_t i = 0; i < servers.size(); ++i)
      if (i != slow)
        net.slow(slow, i, 1200ms);
    constexpr auto time_outs = 8;
    work_through(servers, user, time_outs);
    auto after = user.leader_of(1, before.node);
    CAF_CHECK(after.node != slow);
    for (auto i : {before.node, slow}) // a busy machine may have kept the leader waiting, but not so often
      CAF_CHECK(term_at(user, i, 1) < before.term + time_outs / 2);
    net.heal();
    CAF_CHECK(eventually([&] { return user.leader_of(1, slow) == user.leader_of(1, before.node); }));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

// -- lossy ----------------------------------------------------------------------------------------------------------

// With KOMMANDER_NETWORK_SECONDS in the environment it takes so long, on processors that have something else to do.
CAF_TEST(where every tenth packet is lost nothing else is and nobody is taken for dead) {
  constexpr auto eviction_grace = 1000ms;
  constexpr auto long_enough_to_evict = 9s; // suspicion_timeout, the grace, and some more
  cluster_options options{.nodes = 5, .partitions = 2};
  options.arguments = {"--dead-member-eviction-grace=" + std::to_string(eviction_grace.count())};
  with_network(options, [&](network& net, cluster& servers, client& user) {
    std::optional<busy_processors> busy;
    if (long_run())
      busy.emplace();
    beliefs seen{servers, user};
    auto before = user.leader_of(1, 0);
    net.lose_all(0.1);
    user.run();
    auto end = std::chrono::steady_clock::now() + long_run().value_or(long_enough_to_evict);
    for (user.await_progress(400); std::chrono::steady_clock::now() < end; user.await_progress(20))
      seen.look();
    seen.look();
    auto all = user.drain();
    CAF_MESSAGE(seen.describe());
    CAF_MESSAGE("term of partition 1: " << before.term << " before, " << user.leader_of(1, 0).term << " after");
    for (const auto& [partition, x] : all)
      CAF_MESSAGE("partition " << partition << ": " << x.acknowledged << " acknowledged, " << x.refused << " refused, "
                               << x.unknown << " unknown");
    auto frames = net.count();
    CAF_MESSAGE("frames from node to node: " << frames.sent << ", of which were lost: " << frames.lost);
    CAF_CHECK(frames.lost > 0);
    CAF_CHECK_EQUAL(seen.declared_dead(), 0u);
    CAF_CHECK(!seen.roster_changed());
    net.heal();
    CAF_CHECK(user.await_voters(0, {0, 1, 2, 3, 4}));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a leader is killed on slow and lossy links and nothing is lost) {
  with_network({.partitions = 2}, [](network& net, cluster& servers, client& user) {
    net.slow_all(40ms);
    net.lose_all(0.05);
    user.run();
    for (std::uint32_t p = 1; p <= servers.options().partitions; ++p) {
      user.await_progress(100);
      auto old = user.leader_of(p, 0);
      servers.kill(old.node);
      auto survivor = other_than(old.node, old.node);
      CAF_CHECK(eventually([&] { return user.leader_of(p, survivor).term > old.term; }));
      user.await_progress(100);
      servers.start(old.node);
      user.await_ready(old.node);
    }
    user.await_progress(100);
    CAF_CHECK(net.count().delayed > 0 && net.count().lost > 0);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
