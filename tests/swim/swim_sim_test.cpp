/// What the failure detector promises, in seeded clusters of 3 to 300 nodes: it costs each node the same, it finds who is
/// dead, and it accuses nobody else for lost packets.
#define CAF_SUITE swim_sim

#include "tests/swim/swim_world.hpp"

#include <caf/test/unit_test.hpp>

#include <cstdio>
#include <numeric>

using namespace swim_test;

namespace {

constexpr std::size_t sizes[] = {3, 10, 30, 100, 300};

double in_seconds(instant x) {
  return std::chrono::duration<double>{x}.count();
}

world_options cluster_of(std::size_t nodes, std::uint64_t seed) {
  world_options x;
  x.nodes = nodes;
  x.seed = seed;
  return x;
}

/// A node of this cluster, by chance.
std::size_t any_node(swim_world& world) {
  return 1 + world.random().below(world.size());
}

struct figures {
  instant first{0}; ///< Until somebody suspected it,
  instant all{0};   ///< all did or knew better,
  instant dead{0};  ///< and all believed it dead.
};

figures kill_one(swim_world& world) {
  auto victim = any_node(world);
  world.kill(victim);
  constexpr auto most = seconds{120};
  figures x;
  auto first = world.run_until([&] { return world.somebody_doubts(victim); }, most);
  auto all = world.run_until(
    [&] {
      return !world.all_believe(victim, liveness::alive) && [&] {
        for (std::size_t i = 1; i <= world.size(); ++i)
          if (i != victim && world.belief(i, victim) == liveness::alive)
            return false;
        return true;
      }();
    },
    most);
  auto dead = world.run_until([&] { return world.all_believe(victim, liveness::dead); }, most);
  CAF_REQUIRE(first && all && dead);
  x.first = *first;
  x.all = x.first + *all;
  x.dead = x.all + *dead;
  return x;
}

void keep_worst(figures& worst, const figures& x) {
  worst.first = std::max(worst.first, x.first);
  worst.all = std::max(worst.all, x.all);
  worst.dead = std::max(worst.dead, x.dead);
}

} // namespace

CAF_TEST(each node sends as many packets a second whatever the size of the cluster) {
  std::puts("nodes  packets/s and node: mean, most   bytes/s and node   largest packet");
  for (auto n : sizes) {
    swim_world world{cluster_of(n, 7)};
    world.run_for(seconds{30});
    world.forget_counts();
    world.run_for(seconds{60});
    const auto& sent = world.packets();
    auto sum = std::accumulate(sent.begin(), sent.end(), std::uint64_t{0});
    auto mean = static_cast<double>(sum) / 60 / static_cast<double>(n);
    auto most = static_cast<double>(*std::ranges::max_element(sent)) / 60;
    std::printf("%5zu %20.2f %8.2f %18.0f %16zu\n", n, mean, most,
                static_cast<double>(world.bytes_sent()) / 60 / static_cast<double>(n), world.largest_packet());
    // Two pings, two answers to others; every five seconds two comparisons and as many answers to those of others.
    CAF_CHECK(mean > 4.6 && mean < 4.9);
    CAF_CHECK(most < 5.5);
    CAF_CHECK(world.turns().empty());
  }
}

CAF_TEST(who dies is suspected within two intervals and a timeout and in the end dead to all) {
  std::puts("nodes  worst of seeds: first suspected, by all, dead to all (s)");
  for (auto n : sizes) {
    figures worst;
    for (std::uint64_t seed = 1; seed <= (n > 100 ? 5u : n > 30 ? 10u : 40u); ++seed) {
      swim_world world{cluster_of(n, seed)};
      world.run_for(seconds{8} + milliseconds{world.random().below(2000)});
      keep_worst(worst, kill_one(world));
      CAF_CHECK_EQUAL(world.wrong(liveness::suspect), 0u);
      CAF_CHECK(world.all_know_the_truth());
    }
    std::printf("%5zu %24.2f %8.2f %8.2f\n", n, in_seconds(worst.first), in_seconds(worst.all), in_seconds(worst.dead));
    CAF_CHECK_LESS_OR_EQUAL(worst.first, instant{milliseconds{2500}});
    CAF_CHECK_LESS_OR_EQUAL(worst.all, instant{seconds{6}});
    // Confirmed within some intervals, so hardly more than the least time, which grows with the logarithm.
    CAF_CHECK_LESS_OR_EQUAL(worst.dead, suspicion_times_for(seconds{5}, n).least + instant{seconds{9}});
  }
}

CAF_TEST(nobody dies of a tenth of all packets being lost) {
  std::puts("nodes seeds  10 simulated minutes each, 10 % loss: beliefs in a suspicion, an hour and node; deaths");
  const std::pair<std::size_t, std::uint64_t> plan[] = {{2, 40}, {3, 60}, {5, 40}, {10, 20}, {30, 8}, {100, 1}};
  for (auto [n, seeds] : plan) {
    std::size_t suspicions = 0, deaths = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      auto options = cluster_of(n, seed);
      options.loss_percent = 10;
      swim_world world{options};
      world.run_for(std::chrono::minutes{10});
      suspicions += world.wrong(liveness::suspect);
      deaths += world.wrong(liveness::dead);
    }
    std::printf("%5zu %5zu %12.2f %6zu\n", n, static_cast<std::size_t>(seeds),
                static_cast<double>(suspicions) * 6 / static_cast<double>(seeds * n), deaths);
    CAF_CHECK_EQUAL(deaths, 0u);
  }
}

CAF_TEST(with a tenth of all packets lost the dead are found as well) {
  for (std::size_t n : {3, 10, 100})
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      auto options = cluster_of(n, seed);
      options.loss_percent = 10;
      swim_world world{options};
      world.run_for(seconds{10});
      auto x = kill_one(world);
      CAF_CHECK_LESS_OR_EQUAL(x.first, instant{seconds{5}});
      CAF_CHECK_LESS_OR_EQUAL(x.dead, instant{seconds{40}});
    }
}

CAF_TEST(several that die at once are found as well) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    swim_world world{cluster_of(20, seed)};
    world.run_for(seconds{10});
    for (std::size_t i = 4; i <= 10; ++i) // neighbours: those that watch each other
      world.kill(i);
    auto found = world.run_until([&] { return world.all_know_the_truth(); }, seconds{120});
    CAF_REQUIRE(found);
    CAF_CHECK_LESS_OR_EQUAL(*found, instant{seconds{45}});
    CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
  }
}

CAF_TEST(a new member is soon known by all to be dead or alive) {
  auto options = cluster_of(30, 3);
  swim_world world{options};
  std::vector<node_id> most;
  for (std::size_t i = 1; i <= 29; ++i)
    most.emplace_back(i);
  world.set_members(most);
  world.run_for(seconds{20});
  world.kill(30); // never heard of by the others, as they do not count it among the members
  world.run_for(seconds{20});
  CAF_CHECK(world.all_believe(30, liveness::alive));
  most.emplace_back(30);
  world.set_members(most);
  auto found = world.run_until([&] { return world.all_believe(30, liveness::dead); }, seconds{30});
  CAF_CHECK(found);
}

CAF_TEST(a roster and reports reach everybody and an older roster nobody) {
  for (std::size_t n : {3, 30, 100}) {
    swim_world world{cluster_of(n, n)};
    world.run_for(seconds{3});
    for (std::size_t i = 1; i <= n; ++i)
      CAF_REQUIRE(world.at(i).set_roster(4, bytes{"four"}));
    CAF_REQUIRE(world.at(2).set_roster(5, bytes{"five"}));
    CAF_REQUIRE(world.at(1).set_report(bytes{"load of 1"}));
    auto all_have = [&](const auto& predicate) {
      return world.run_until(
        [&] {
          for (std::size_t i = 1; i <= n; ++i)
            if (!predicate(i))
              return false;
          return true;
        },
        seconds{120});
    };
    auto roster = all_have([&](std::size_t i) { return i == 2 || !world.rosters(i).empty(); });
    CAF_REQUIRE(roster);
    CAF_CHECK_LESS_OR_EQUAL(*roster, instant{seconds{10}});
    auto report = all_have([&](std::size_t i) { return i == 1 || world.reports(i).contains(node_id{1}); });
    CAF_REQUIRE(report);
    world.run_for(seconds{20});
    for (std::size_t i = 1; i <= n; ++i) {
      CAF_CHECK_EQUAL(world.rosters(i).size(), i == 2 ? 0u : 1u);
      if (i != 2) {
        CAF_CHECK_EQUAL(world.rosters(i).front().version, 5u);
        CAF_CHECK(world.rosters(i).front().content == bytes{"five"});
      }
    }
    auto version = [&](std::size_t i) { return world.reports(i).at(node_id{1}).version; };
    auto first = version(2);
    CAF_REQUIRE(world.at(1).set_report(bytes{"new load"}));
    CAF_CHECK(all_have([&](std::size_t i) { return i == 1 || version(i) > first; }));
    CAF_CHECK(world.reports(n).at(node_id{1}).content == bytes{"new load"});
  }
}

CAF_TEST(the same seed gives the same packets) {
  auto run = [](std::uint64_t seed) {
    auto options = cluster_of(10, seed);
    options.loss_percent = 20;
    swim_world world{options};
    world.run_for(seconds{20});
    world.kill(3);
    world.pause(4);
    world.run_for(seconds{20});
    world.resume(4);
    world.run_for(seconds{20});
    return world.digest();
  };
  CAF_CHECK_EQUAL(run(1), run(1));
  CAF_CHECK_NOT_EQUAL(run(1), run(2));
}
