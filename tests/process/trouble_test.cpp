/// A network and a disk that do not do what they should.
#define CAF_SUITE process_trouble

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/silent_port.hpp"
#include "tests/process/harness/small_disk.hpp"
#include "tests/process/harness/test.hpp"

using namespace process_test;

namespace {

/// The node whom all others dial: of two nodes the one with the smaller id does.
std::size_t node_that_is_dialed(std::size_t nodes) {
  std::size_t result = 0;
  for (std::size_t i = 1; i < nodes; ++i)
    if (cluster::id_of(i) > cluster::id_of(result))
      result = i;
  return result;
}

} // namespace

CAF_TEST(a port that accepts and never reads costs the others nothing) {
  try {
    cluster servers{patient_options(1)};
    auto silent = node_that_is_dialed(servers.size());
    auto one = other_than(silent, silent);
    auto two = other_than(silent, one);
    servers.start_all(); // a new group begins when all its members have been there
    client user{servers};
    user.await_all_ready();
    CAF_REQUIRE(servers.terminate(silent) == ending{});
    silent_port port{servers.raft_address(silent)};
    user.await_ready(one);
    user.await_ready(two);
    user.run({true, 16, large_bytes});
    user.await_progress(4000);
    CAF_CHECK(port.accepted() > 0);
    auto leader = user.leader_of(1, one).node;
    auto follower = other_than(silent, leader);
    user.drain();
    CAF_CHECK(is_modest(servers, leader, follower));
    CAF_CHECK_EQUAL(user.verdict(), "");
    // The server ends itself by an alarm if it has not stopped after five seconds: that would be a signal.
    CAF_CHECK(servers.terminate(leader) == ending{});
    CAF_CHECK(servers.terminate(follower) == ending{});
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

CAF_TEST(a full disk stops partitions of its node and neither the node nor the others) {
  small_disk disk;
  if (!disk.available()) {
    CAF_MESSAGE("SKIPPED: a small file system cannot be mounted here (" << disk.problem() << ")");
    CAF_CHECK(!disk.problem().empty());
    return;
  }
  try {
    cluster servers;
    servers.wal_path(0) = disk.path() + "/wal";
    servers.start_all();
    client user{servers};
    user.await_all_ready();
    user.run({true, 16, large_bytes});
    auto failed = [&] {
      for (const auto& x : user.status(0).partitions)
        if (x.role == kommander::raft_role::failed && x.failure.find("No space left") != std::string::npos)
          return true;
      return false;
    };
    CAF_CHECK(eventually(failed));
    CAF_CHECK(servers.process(0).alive());
    CAF_CHECK(servers.output_of(0).find("No space left") != std::string::npos);
    user.run();
    user.await_progress(200);
    CAF_CHECK(servers.terminate(0) == ending{});
    user.await_progress(100);
    CAF_REQUIRE(disk.grow());
    servers.start(0);
    user.await_ready(0);
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}
