/// What the failure detector makes of nodes and links that are in trouble without being dead.
#define CAF_SUITE swim_sim

#include "tests/swim/swim_world.hpp"

#include <caf/test/unit_test.hpp>

#include <cstdio>

using namespace swim_test;

namespace {

world_options cluster_of(std::size_t nodes, std::uint64_t seed) {
  world_options x;
  x.nodes = nodes;
  x.seed = seed;
  return x;
}

/// Settled, and with the counts at zero.
void settle(swim_world& world) {
  world.run_for(seconds{15});
  world.forget_counts();
}

/// Turns to `state` of `viewer`, about anybody.
std::size_t turns_of(const swim_world& world, std::size_t viewer, liveness state) {
  return static_cast<std::size_t>(std::ranges::count_if(
    world.turns(), [&](const turn_of_belief& x) { return x.viewer == node_id{viewer} && x.state == state; }));
}

constexpr auto long_time = seconds{120};

} // namespace

// -- restarts -----------------------------------------------------------------------------------------------------

CAF_TEST(a node that was dead to all is alive to all soon after its restart) {
  for (std::int64_t step : {1'000'000, 0, -500}) { // a clock that was set back, too
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      swim_world world{cluster_of(7, seed)};
      settle(world);
      world.kill(3);
      CAF_REQUIRE(world.run_until([&] { return world.all_believe(3, liveness::dead); }, long_time));
      world.run_for(seconds{60});
      world.restart(3, step);
      auto back = world.run_until([&] { return world.all_know_the_truth(); }, long_time);
      CAF_REQUIRE(back);
      CAF_CHECK_LESS_OR_EQUAL(*back, instant{seconds{6}});
      world.run_for(seconds{60});
      CAF_CHECK(world.all_know_the_truth());
      CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
    }
  }
}

CAF_TEST(a restart that is quicker than a time out is no death) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    swim_world world{cluster_of(5, seed)};
    settle(world);
    world.kill(2);
    world.run_for(milliseconds{400});
    world.restart(2);
    world.run_for(seconds{30});
    CAF_CHECK(world.all_know_the_truth());
    CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
  }
}

// -- pauses -------------------------------------------------------------------------------------------------------

CAF_TEST(a node that was stopped for a while accuses nobody and comes back) {
  for (std::size_t n : {2, 3, 10, 50})
    for (auto pause : {milliseconds{700}, milliseconds{3000}, milliseconds{20'000}, milliseconds{120'000}})
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        auto options = cluster_of(n, seed);
        options.delay_min = milliseconds{50}; // so that it has often asked something
        options.delay_max = milliseconds{150};
        swim_world world{options};
        settle(world);
        world.pause(2);
        world.run_for(pause);
        CAF_CHECK_EQUAL(world.wrong(liveness::suspect), 0u);
        world.resume(2);
        CAF_REQUIRE(world.run_until([&] { return world.all_know_the_truth(); }, seconds{20}));
        world.run_for(seconds{30});
        CAF_CHECK(world.all_know_the_truth());
        CAF_CHECK_EQUAL(turns_of(world, 2, liveness::suspect), 0u);
        CAF_CHECK_EQUAL(turns_of(world, 2, liveness::dead), 0u);
      }
}

CAF_TEST(all nodes that are stopped together accuse nobody) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    swim_world world{cluster_of(5, seed)};
    settle(world);
    for (std::size_t i = 1; i <= 5; ++i)
      world.pause(i);
    world.run_for(seconds{60});
    for (std::size_t i = 1; i <= 5; ++i)
      world.resume(i);
    world.run_for(seconds{60});
    CAF_CHECK(world.turns().empty());
  }
}

// -- cuts ---------------------------------------------------------------------------------------------------------

CAF_TEST(one link that is cut in one direction or both harms nobody) {
  for (auto both : {false, true})
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      swim_world world{cluster_of(4, seed)};
      settle(world);
      world.cut(1, 2);
      if (both)
        world.cut(2, 1);
      world.run_for(std::chrono::minutes{5});
      CAF_CHECK(world.turns().empty());
    }
}

CAF_TEST(who can only speak or only hear is dead to the others until that is mended) {
  for (auto speaks : {false, true})
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      swim_world world{cluster_of(5, seed)};
      settle(world);
      world.cut_off(4, !speaks, speaks);
      CAF_REQUIRE(world.run_until([&] { return world.all_believe(4, liveness::dead); }, long_time));
      world.run_for(seconds{60});
      CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
      world.mend_all();
      CAF_REQUIRE(world.run_until([&] { return world.all_know_the_truth(); }, seconds{30}));
      world.run_for(seconds{60});
      CAF_CHECK(world.all_know_the_truth());
    }
}

CAF_TEST(two halves that were cut apart find each other again and nobody dies of old rumours) {
  for (std::size_t n : {2, 5, 20})
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      swim_world world{cluster_of(n, seed)};
      settle(world);
      for (std::size_t i = 1; i <= n / 2; ++i)
        for (std::size_t j = n / 2 + 1; j <= n; ++j)
          world.cut(i, j), world.cut(j, i);
      auto apart = [&] { return world.all_believe(1, liveness::alive) || world.belief(n, 1) != liveness::dead; };
      CAF_REQUIRE(world.run_until([&] { return !apart(); }, long_time));
      world.run_for(seconds{90});
      world.mend_all();
      world.forget_counts();
      CAF_REQUIRE(world.run_until([&] { return world.all_know_the_truth(); }, seconds{30}));
      world.run_for(seconds{60});
      CAF_CHECK(world.all_know_the_truth());
      CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
    }
}

CAF_TEST(a short cut of everything harms nobody) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    swim_world world{cluster_of(5, seed)};
    settle(world);
    world.set_loss(100);
    world.run_for(seconds{3});
    world.set_loss(0);
    CAF_REQUIRE(world.run_until([&] { return world.all_know_the_truth(); }, seconds{10}));
    world.run_for(seconds{30});
    CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
  }
}

// -- slowness -----------------------------------------------------------------------------------------------------

namespace {

struct tally {
  std::size_t suspected = 0;
  std::size_t dead = 0;
};

/// Some nodes stand still for up to 8 s, again and again, as on machines with too much to do. Counts what was believed of
/// the others, which were well all the time.
tally run_with_hiccups(const lifeguard& parts, std::uint64_t seed) {
  auto options = cluster_of(20, seed);
  options.loss_percent = 3;
  options.swim.parts = parts;
  swim_world world{options};
  settle(world);
  constexpr std::size_t troubled = 5;
  struct plan {
    bool stands = false;
    instant until{0};
  };
  std::vector<plan> plans(troubled);
  for (auto end = world.now() + std::chrono::minutes{5}; world.now() < end; world.run_for(milliseconds{50}))
    for (std::size_t i = 0; i < troubled; ++i) {
      auto& x = plans[i];
      if (world.now() < x.until)
        continue;
      x.stands = !x.stands;
      x.stands ? world.pause(i + 1) : world.resume(i + 1);
      x.until =
        world.now() + milliseconds{x.stands ? 500 + world.random().below(7500) : 20 + world.random().below(1500)};
    }
  auto is_about_well = [](const turn_of_belief& x) { return x.subject > node_id{troubled}; };
  tally sum;
  for (const auto& x : world.turns()) {
    sum.suspected += is_about_well(x) && x.state == liveness::suspect ? 1 : 0;
    sum.dead += is_about_well(x) && x.state == liveness::dead ? 1 : 0;
  }
  return sum;
}

} // namespace

CAF_TEST(slow nodes doubt themselves first) {
  const std::pair<const char*, lifeguard> variants[] = {
    {"SWIM with suspicion alone", {false, false, false, false}}, {"and own time", {false, false, false, true}},
    {"and local health", {true, false, false, false}},           {"and confirmations", {false, true, false, false}},
    {"and suspects are told", {false, false, true, false}},      {"all of them", {}},
  };
  std::puts(
    "15 healthy nodes of 20, the others stand still again and again: suspected, dead (sum over viewers and seeds)");
  std::vector<tally> sums;
  for (const auto& [name, parts] : variants) {
    tally sum;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      auto x = run_with_hiccups(parts, seed);
      sum.suspected += x.suspected;
      sum.dead += x.dead;
    }
    std::printf("%28s %8zu %6zu\n", name, sum.suspected, sum.dead);
    sums.push_back(sum);
  }
  CAF_CHECK_EQUAL(sums.back().dead, 0u);
  CAF_CHECK_LESS(sums.back().suspected * 4, sums.front().suspected);
  CAF_CHECK_LESS(sums[1].suspected, sums.front().suspected);
}

CAF_TEST(a node that is always slow is not believed by the others to be right) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    swim_world world{cluster_of(10, seed)};
    settle(world);
    world.slow_down(1, milliseconds{120}); // it falls behind: more comes than it can do
    world.run_for(seconds{120});
    CAF_CHECK_EQUAL(world.wrong(liveness::dead), 0u);
    world.slow_down(1, milliseconds{0});
    CAF_CHECK(world.run_until([&] { return world.all_know_the_truth(); }, seconds{60}));
  }
}

// -- everything ---------------------------------------------------------------------------------------------------

namespace {

void any_fault(swim_world& world) {
  auto x = 1 + world.random().below(world.size());
  auto y = 1 + world.random().below(world.size());
  switch (world.random().below(9)) {
    case 0: return world.is_up(x) ? world.kill(x) : world.restart(x);
    case 1: return world.pause(x);
    case 2: return world.resume(x);
    case 3: return x != y ? world.cut(x, y) : world.mend_all();
    case 4: return world.mend(x, y);
    case 5: return world.cut_off(x, world.random().below(2) == 0, world.random().below(2) == 0);
    case 6: return world.set_loss(static_cast<int>(world.random().below(40)));
    case 7: return world.slow_down(x, milliseconds{world.random().below(80)});
    default: return world.is_up(x) ? world.resume(x) : world.restart(x, 0);
  }
}

void heal(swim_world& world) {
  world.mend_all();
  world.set_loss(0);
  for (std::size_t i = 1; i <= world.size(); ++i) {
    world.slow_down(i, milliseconds{0});
    if (!world.is_up(i))
      world.restart(i);
    world.resume(i);
  }
}

} // namespace

CAF_TEST(after any faults all agree again on who is alive and who is not ) {
  for (std::size_t n : {2, 3, 5, 12})
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      swim_world world{cluster_of(n, seed)};
      for (int i = 0; i < 60; ++i) {
        world.run_for(milliseconds{world.random().below(4000)});
        any_fault(world);
      }
      heal(world);
      CAF_MESSAGE("nodes " << n << " seed " << seed);
      CAF_REQUIRE(world.run_until([&] { return world.all_know_the_truth(); }, seconds{90}));
      // Whoever waits longer for its own sake recovers from that before it has to find somebody.
      world.run_for(seconds{90});
      CAF_CHECK(world.all_know_the_truth());
      world.kill(1);
      CAF_REQUIRE(world.run_until([&] { return world.all_believe(1, liveness::dead); }, seconds{60}));
    }
}
