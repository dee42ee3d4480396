/// Registers on a real cluster whose nodes are killed and stopped: what clients are told is linearizable.
#define CAF_SUITE process_linearizability

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/linearizability/checker.hpp"
#include "tests/process/harness/registers.hpp"
#include "tests/process/harness/test.hpp"

using namespace process_test;
namespace lin = kommander::linearizability;

namespace {

constexpr std::size_t clients = 6;

/// Ends the clients, lets every node catch up, and judges what was told.
void judge(cluster& servers, client& user, register_clients& registers) {
  registers.stop();
  user.await_all_ready();
  CAF_REQUIRE(eventually([&] {
    auto log = servers.applied(0, 1);
    return !log.empty() && log.back().index >= registers.last_index() && log == servers.applied(1, 1)
           && log == servers.applied(2, 1);
  }));
  auto history = registers.history(servers.applied(0, 1));
  std::size_t reads = 0, open = 0;
  for (const auto& x : history) {
    reads += x.what == lin::action::read ? 1 : 0;
    open += x.is_open() ? 1 : 0;
  }
  CAF_MESSAGE(history.size() << " operations, " << reads << " reads, " << open << " without an answer");
  CAF_CHECK(reads > 0 && reads < history.size());
  auto found = lin::check(history);
  CAF_CHECK_EQUAL(found.why, "");
  CAF_CHECK(found.ok());
}

} // namespace

CAF_TEST(reads writes and swaps are linearizable while leaders are killed) {
  with_cluster({}, [](cluster& servers, client& user) {
    register_clients registers{servers, clients, 1};
    for (auto round = 0; round < 4; ++round) {
      CAF_CHECK(registers.await_answers(200));
      auto leader = user.leader_of(1, 0).node;
      servers.kill(leader);
      CAF_CHECK(registers.await_answers(200));
      registers.start(leader);
      user.await_ready(leader);
    }
    judge(servers, user, registers);
  });
}

CAF_TEST(reads writes and swaps are linearizable while leaders stand still and wake up) {
  with_cluster({}, [](cluster& servers, client& user) {
    register_clients registers{servers, clients, 2};
    for (auto round = 0; round < 4; ++round) {
      CAF_CHECK(registers.await_answers(200));
      auto leader = user.leader_of(1, 0);
      auto witness = other_than(leader.node, leader.node);
      servers.pause(leader.node);
      CAF_CHECK(eventually([&] { return user.leader_of(1, witness).term > leader.term; }));
      CAF_CHECK(registers.await_answers(200));
      servers.resume(leader.node);
    }
    judge(servers, user, registers);
  });
}
