/// Nodes that are killed while they work, and come back.
#define CAF_SUITE process_crash

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

#include <csignal>

using namespace process_test;

CAF_TEST(leaders are killed under load one after the other and nothing is lost) {
  with_cluster({}, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    for (std::uint32_t p = 1; p <= servers.options().partitions; ++p) {
      auto old = user.leader_of(p, 0);
      servers.kill(old.node);
      user.await_progress(100);
      auto survivor = other_than(old.node, old.node);
      CAF_CHECK(eventually([&] { return user.leader_of(p, survivor).term > old.term; }));
      servers.start(old.node);
      user.await_ready(old.node);
      user.await_progress(100);
    }
    auto all = user.drain();
    std::size_t unknown = 0;
    for (const auto& [p, count] : all)
      unknown += count.unknown;
    CAF_CHECK(unknown > 0); // otherwise nothing was in flight when the leaders died
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a follower is killed under load and its leader does not notice) {
  with_cluster(patient_options(1), [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    for (auto round = 0; round < 3; ++round) {
      auto follower = (before.node + 1 + static_cast<std::size_t>(round) % 2) % servers.size();
      servers.kill(follower);
      user.await_progress(200);
      servers.start(follower);
      user.await_ready(follower);
      user.await_progress(200);
      CAF_CHECK(user.leader_of(1, follower) == before);
    }
    auto all = user.drain();
    CAF_CHECK_EQUAL(all[1].unknown + all[1].refused, 0u);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a leader that is killed while its partitions sleep is replaced) {
  with_cluster({}, [](cluster& servers, client& user) {
    auto all_sleep = [&] {
      for (auto i : servers.running())
        if (!std::ranges::all_of(user.status(i).partitions, &kommander::partition_status::asleep))
          return false;
      return true;
    };
    user.run();
    user.await_progress(100);
    user.drain();
    CAF_REQUIRE(eventually(all_sleep));
    auto old = user.leader_of(1, 0);
    auto survivor = other_than(old.node, old.node);
    servers.kill(old.node);
    CAF_CHECK(eventually([&] { return user.leader_of(1, survivor).term > old.term; }));
    servers.start(old.node);
    user.await_ready(old.node);
    CAF_CHECK(eventually(all_sleep));
    user.run();
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(without a majority nothing is acknowledged and with it everything goes on) {
  with_cluster(patient_options(4), [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto survivor = user.leader_of(1, 0).node;
    for (std::size_t i = 0; i < servers.size(); ++i)
      if (i != survivor)
        servers.kill(i);
    auto alone = user.drain();
    CAF_CHECK(alone[1].unknown > 0); // what its leader had when it was left alone
    user.run();
    CAF_CHECK(eventually([&] {
      auto now = user.count()[1];
      return now.unknown + now.refused >= alone[1].unknown + alone[1].refused + 50;
    }));
    auto still_alone = user.drain();
    for (const auto& [p, count] : still_alone)
      CAF_CHECK_EQUAL(count.acknowledged, alone[p].acknowledged);
    for (std::size_t i = 0; i < servers.size(); ++i)
      if (i != survivor)
        servers.start(i);
    user.run();
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(all nodes are killed at once and come back with all that was acknowledged) {
  with_cluster({}, [](cluster& servers, client& user) {
    user.run();
    for (auto round = 0; round < 3; ++round) {
      user.await_progress(150);
      for (std::size_t i = 0; i < servers.size(); ++i)
        servers.process(i).signal(SIGKILL);
      for (std::size_t i = 0; i < servers.size(); ++i)
        servers.kill(i);
      servers.start_all();
      user.await_all_ready();
    }
    user.await_progress(50);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(nodes that are told to stop answer everything and end by themselves) {
  with_cluster({}, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto stopped = user.leader_of(1, 0).node;
    CAF_CHECK(servers.terminate(stopped) == ending{});
    user.await_progress(100);
    servers.start(stopped);
    user.await_ready(stopped);
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(servers.terminate(i) == ending{});
  });
}
