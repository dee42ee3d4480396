/// What passed between two nodes of a cluster, played back to one of them.
#define CAF_SUITE net_replay

#include "tests/net/cluster/raft_cluster.hpp"
#include "tests/net/cluster/security.hpp"
#include "tests/net/eventually.hpp"
#include "tests/net/secret/tapped_wire.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

/// Says once more what was recorded, and waits until node 3 has refused it.
void play(raft_cluster& nodes, const std::string& recorded) {
  CAF_REQUIRE(eventually([&] { return nodes.counters(3).proved >= 2; })); // the two others call it
  auto proved = nodes.counters(3).proved.load();
  auto unproved = nodes.counters(3).unproved.load();
  raw_socket socket{nodes.raft_address(3)};
  CAF_REQUIRE(socket.connected());
  socket.send(recorded); // may be cut before it has said all
  CAF_CHECK(socket.await_close());
  CAF_CHECK(eventually([&] { return nodes.counters(3).unproved > unproved; }));
  CAF_CHECK_EQUAL(nodes.counters(3).proved.load(), proved);
}

void check_replay(const raft_cluster::security_maker& security) {
  raft_cluster nodes{security};
  tapped_wire wire{nodes.raft_address(3)};
  nodes.detour(1, 3, wire.where());
  CAF_REQUIRE_EQUAL(nodes.start_all(), "");
  CAF_REQUIRE(nodes.commit(50));
  CAF_REQUIRE_EQUAL(nodes.verdict(), "");
  auto recorded = wire.recorded();
  CAF_REQUIRE_GREATER(recorded.size(), 1000u); // the session is there, and not just its beginning
  auto term = nodes.term(3);
  play(nodes, recorded);
  CAF_CHECK(nodes.commit(20));
  CAF_CHECK_EQUAL(nodes.verdict(), "");
  CAF_CHECK_EQUAL(nodes.term(3), term);
  nodes.stop(3);
  CAF_CHECK(nodes.commit(20));
  CAF_REQUIRE_EQUAL(nodes.start(3), "");
  CAF_CHECK(nodes.commit(1));
  CAF_CHECK_EQUAL(nodes.verdict(), "");
  play(nodes, recorded);
  CAF_CHECK(nodes.commit(20));
  CAF_CHECK_EQUAL(nodes.verdict(), "");
}

} // namespace

CAF_TEST(a session between nodes with a secret is of no use to who has recorded it) {
  check_replay(with_secret);
}

CAF_TEST(a session between nodes with TLS is of no use to who has recorded it) {
  certificate_office office;
  check_replay(std::cref(office));
}
