/// Peers that are there and do not do what they should.
#define CAF_SUITE net_stalled_peer

#include "tests/net/fake_peer.hpp"
#include "tests/net/support.hpp"
#include "tests/support/this_process.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

constexpr std::size_t window_bytes = std::size_t{2} << 20;
constexpr std::size_t queue_bytes = std::size_t{4} << 20;
constexpr std::size_t frame_bytes = std::size_t{256} << 10;

struct fixture {
  fixture() : one{node_1, 0, "test", adjust}, two{node_2, 0, "test", adjust}, peer{other, node_3} {
    CAF_REQUIRE(join_nodes(one, two));
  }

  static void adjust(transport_context& x) {
    x.link_window_bytes = window_bytes;
    x.link_queue_bytes = queue_bytes;
    x.frame_bytes_max = frame_bytes;
    x.connect_timeout = std::chrono::milliseconds{300};
    x.handshake_timeout = std::chrono::milliseconds{300};
  }

  void check_other_link() {
    one.send(node_2, {make_heartbeat(++sent)});
    CAF_CHECK_EQUAL(two.in().await(node_1, sent).size(), sent);
  }

  /// Sends a hundred mebibytes to the peer.
  void flood() {
    for (std::uint64_t i = 1; i <= 1600; ++i)
      one.send(node_3, {make_append(i, std::string(std::size_t{64} << 10, 'x'), node_1, node_3)});
  }

  test_node one;
  test_node two;
  network_config other_config;
  caf::actor_system other{other_config};
  fake_peer peer;
  std::size_t sent = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(stalled_peer_tests, fixture)

CAF_TEST(a peer that accepts and never reads costs a bounded amount of memory and no other link) {
  one.open_link(peer.info());
  peer.accept();
  auto hello = peer.read_frame();
  CAF_REQUIRE(hello.kind == net::frame_kind::hello);
  peer.welcome(hello);
  CAF_REQUIRE(one.await_connected(node_3));
  auto before = resident_bytes();
  flood();
  auto status = one.status(node_3);
  CAF_CHECK_GREATER(status.dropped_messages, 1000u);
  CAF_CHECK_GREATER_OR_EQUAL(status.unacked_bytes, window_bytes);
  CAF_CHECK_LESS_OR_EQUAL(status.unacked_bytes, window_bytes + frame_bytes);
  CAF_CHECK_LESS_OR_EQUAL(status.queued_bytes, queue_bytes);
#ifndef __SANITIZE_ADDRESS__ // which keeps what was freed
  CAF_CHECK_LESS(resident_bytes(), before + 4 * (window_bytes + queue_bytes));
#else
  CAF_CHECK_GREATER(before, 0u);
#endif
  check_other_link();
  // Control messages still leave, beyond the window.
  auto frames = status.frames_sent;
  one.send(node_3, {make_heartbeat(1, node_1, node_3)});
  CAF_CHECK(one.await(node_3, [=](const link_status& x) { return x.frames_sent > frames; }));
  // It has been silent for too long: what waits is given up, and another connection made.
  CAF_CHECK(one.await(node_3, [](const link_status& x) { return !x.connected && x.queued_bytes == 0; }));
  check_other_link();
  peer.accept();
  hello = peer.read_frame();
  peer.welcome(hello);
  CAF_CHECK(one.await(node_3, [](const link_status& x) { return x.connects == 2; }));
}

CAF_TEST(a peer that accepts and never says who it is is called again) {
  one.open_link(peer.info());
  CAF_CHECK(peer.accept_in_silence());
  check_other_link();
  CAF_CHECK(peer.accept_in_silence());
  peer.accept();
  peer.welcome(peer.read_frame());
  CAF_CHECK(one.await_connected(node_3));
}

CAF_TEST(a peer that never answers a hello is called again with another epoch) {
  one.open_link(peer.info());
  peer.accept();
  auto first = peer.read_frame();
  CAF_REQUIRE(first.kind == net::frame_kind::hello);
  CAF_CHECK(peer.read_frame().kind == net::frame_kind::refusal); // that is, the connection ends
  peer.accept();
  auto second = peer.read_frame();
  CAF_REQUIRE(second.kind == net::frame_kind::hello);
  CAF_CHECK_NOT_EQUAL(first.epoch, second.epoch);
  peer.welcome(first); // an answer to the wrong hello
  CAF_CHECK(one.await(node_3, [](const link_status& x) { return x.frames_refused == 1; }));
  CAF_CHECK(!one.status(node_3).connected);
  check_other_link();
}

CAF_TEST(shutdown does not wait for a peer that does not read) {
  one.open_link(peer.info());
  peer.accept();
  peer.welcome(peer.read_frame());
  CAF_REQUIRE(one.await_connected(node_3));
  flood();
  CAF_CHECK_GREATER(one.status(node_3).unacked_bytes, 0u);
  // The fixture ends here, and with it the actor systems. The suite's time limit is the check.
}

CAF_TEST_FIXTURE_SCOPE_END()
