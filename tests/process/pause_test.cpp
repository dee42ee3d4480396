/// Nodes that stand still for longer than an election, with their connections open, and wake up.
#define CAF_SUITE process_pause

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

using namespace process_test;

CAF_TEST(a leader that stood still finds its successor and disturbs nobody) {
  with_cluster(patient_options(4), [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    auto old = user.leaders(0);
    auto victim = old[1].node;
    auto witness = other_than(victim, victim);
    servers.pause(victim);
    user.run({true, 16, large_bytes});
    user.await_progress(800);
    CAF_CHECK(eventually([&] { return user.leader_of(1, witness).term > old[1].term; }));
    auto successors = user.leaders(witness);
    for (const auto& [p, x] : successors)
      CAF_CHECK(x.node != victim);
    auto first_late = user.send_to(victim, 1, 20);
    servers.resume(victim);
    CAF_CHECK(eventually([&] { return user.leaders(victim) == successors; }));
    user.await_progress(200);
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(user.leaders(i) == successors);
    user.drain();
    auto proposals = user.proposals_of(1);
    for (auto i = first_late; i < first_late + 20; ++i)
      CAF_CHECK(proposals.at(i).known == fate::refused || proposals.at(i).known == fate::unknown);
    CAF_CHECK(is_modest(servers, victim, witness));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a follower that stood still costs its leader neither memory nor leadership and catches up) {
  with_cluster(patient_options(1), [](cluster& servers, client& user) {
    user.run({true, 16, large_bytes});
    user.await_progress(100);
    auto before = user.leader_of(1, 0);
    auto victim = other_than(before.node, before.node);
    auto healthy = other_than(before.node, victim);
    servers.pause(victim);
    auto awake_again = std::chrono::steady_clock::now() + 2 * servers.options().election_max;
    user.await_progress(4000);
    while (std::chrono::steady_clock::now() < awake_again)
      user.await_progress(10);
    user.drain();
    CAF_CHECK(is_modest(servers, before.node, healthy));
    servers.resume(victim);
    user.run();
    user.await_progress(200);
    CAF_CHECK_EQUAL(user.verdict(), "");
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(user.leader_of(1, i) == before);
  });
}

CAF_TEST(a node ends by itself while a peer stands still and the others answer what it leaves) {
  with_cluster(patient_options(1), [](cluster& servers, client& user) {
    user.run({true, 16, large_bytes});
    user.await_progress(100);
    auto leader = user.leader_of(1, 0).node;
    auto still = other_than(leader, leader);
    servers.pause(still);
    user.await_progress(1000);
    // The server ends itself by an alarm if it has not stopped after five seconds: that would be a signal.
    CAF_CHECK(servers.terminate(leader) == ending{});
    servers.resume(still);
    user.await_progress(200);
    servers.start(leader);
    user.await_ready(leader);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
