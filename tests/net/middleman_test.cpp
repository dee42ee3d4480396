#define CAF_SUITE net_middleman

#include <optional>

#include "net/frame.hpp"
#include "tests/net/raw_socket.hpp"
#include "tests/net/support.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

/// True if `messages` are numbered 1, 2, 3 …
bool numbered(const std::vector<raft_message>& messages) {
  std::uint64_t expected = 0;
  for (const auto& x : messages)
    if (number_of(x) != ++expected)
      return false;
  return true;
}

} // namespace

CAF_TEST(messages flow both ways and in order) {
  test_node one{node_1};
  test_node two{node_2};
  CAF_REQUIRE(join_nodes(one, two));
  constexpr std::size_t count = 20'000;
  for (std::uint64_t i = 1; i <= count; ++i) {
    one.send(node_2, {make_append(i, "from one", node_1, node_2)});
    two.send(node_1, {make_append(i, "from two", node_2, node_1)});
  }
  auto at_two = two.in().await(node_1, count);
  auto at_one = one.in().await(node_2, count);
  CAF_CHECK_EQUAL(at_two.size(), count);
  CAF_CHECK_EQUAL(at_one.size(), count);
  CAF_CHECK(numbered(at_two));
  CAF_CHECK(numbered(at_one));
  CAF_CHECK(at_two.front() == make_append(1, "from one", node_1, node_2));
  // They were gathered.
  CAF_CHECK_LESS(one.status(node_2).frames_sent, count);
  CAF_CHECK(one.await(node_2, [](const link_status& x) { return x.unacked_bytes == 0; }));
}

CAF_TEST(a message of five mebibytes arrives whole and a larger one than allowed does not ) {
  test_node one{node_1};
  test_node two{node_2};
  CAF_REQUIRE(join_nodes(one, two));
  auto large = make_append(1, std::string(std::size_t{5} << 20, 'x'));
  one.send(node_2, {make_append(7, std::string(std::size_t{7} << 20, 'x')), large, make_heartbeat(2)});
  auto got = two.in().await(node_1, 2);
  CAF_REQUIRE_EQUAL(got.size(), 2u);
  // The heartbeat does not wait for the large message.
  CAF_CHECK(got[0] == make_heartbeat(2));
  CAF_CHECK(got[1] == large);
  CAF_CHECK_EQUAL(one.status(node_2).dropped_messages, 1u);
}

CAF_TEST(a peer that restarts on its port is found again whichever side dials) {
  for (auto [stays_id, restarts_id] : {std::pair{node_1, node_2}, std::pair{node_2, node_1}}) {
    test_node stays{stays_id};
    std::optional<test_node> restarts;
    restarts.emplace(restarts_id);
    CAF_REQUIRE(join_nodes(stays, *restarts));
    auto port = restarts->self().address.port;
    restarts.reset();
    CAF_REQUIRE(stays.await(restarts_id, [](const link_status& x) { return !x.connected; }));
    restarts.emplace(restarts_id, port);
    CAF_REQUIRE_EQUAL(restarts->error(), "");
    restarts->open_link(stays.self());
    CAF_REQUIRE(stays.await_connected(restarts_id));
    CAF_REQUIRE(restarts->await_connected(stays_id));
    CAF_CHECK_EQUAL(stays.status(restarts_id).connects, 2u);
    stays.send(restarts_id, {make_heartbeat(1)});
    restarts->send(stays_id, {make_heartbeat(2)});
    CAF_CHECK_EQUAL(restarts->in().await(stays_id, 1).size(), 1u);
    CAF_CHECK_EQUAL(stays.in().await(restarts_id, 1).size(), 1u);
  }
}

CAF_TEST(what cannot be sent for want of a connection is dropped and counted) {
  test_node one{node_1};
  raw_listener nobody{0};
  one.open_link({node_2, nobody.where()});
  one.send(node_2, {make_heartbeat(1), make_heartbeat(2)});
  CAF_CHECK(one.await(node_2, [](const link_status& x) { return x.dropped_messages == 2; }));
}

CAF_TEST(a port in use is an error that names it) {
  test_node one{node_1};
  test_node two{node_2, one.self().address.port};
  CAF_CHECK_NOT_EQUAL(two.error().find(to_string(one.self().address)), std::string::npos);
  CAF_MESSAGE(two.error());
}

CAF_TEST(an address that is not numeric is an error that names it) {
  test_node one{node_1, 0, "test", [](transport_context& x) { x.self.address.host = "example.org"; }};
  CAF_CHECK_NOT_EQUAL(one.error().find("example.org"), std::string::npos);
}

CAF_TEST(localhost and version six of the internet protocol will do) {
  for (const auto* host : {"localhost", "::1"}) {
    auto at = [host](transport_context& x) { x.self.address.host = host; };
    test_node one{node_1, 0, "test", at};
    if (!one.error().empty() && std::string{host} == "::1") {
      CAF_MESSAGE("this machine has no IPv6: " << one.error());
      continue;
    }
    test_node two{node_2, 0, "test", at};
    CAF_REQUIRE(join_nodes(one, two));
    one.send(node_2, {make_heartbeat(1)});
    CAF_CHECK_EQUAL(two.in().await(node_1, 1).size(), 1u);
  }
}

CAF_TEST(a port is free again when the transport has stopped) {
  test_node one{node_1};
  auto port = one.self().address.port;
  one.stop();
  test_node again{node_1, port};
  CAF_CHECK_EQUAL(again.error(), "");
}

CAF_TEST(a node of another cluster is refused) {
  test_node one{node_1, 0, "red"};
  test_node two{node_2, 0, "blue"};
  test_node three{node_3, 0, "blue"};
  one.open_link(two.self());
  two.open_link(one.self());
  // The two blue ones find each other meanwhile.
  CAF_REQUIRE(join_nodes(two, three));
  CAF_REQUIRE(one.await(node_2, [](const link_status& x) { return x.frames_sent >= 3; }));
  CAF_CHECK(!one.status(node_2).connected);
  CAF_CHECK_EQUAL(two.status(node_1).connects, 0u);
  CAF_CHECK(two.status(node_3).connected);
}

CAF_TEST(a node that nobody opened a link to is refused) {
  test_node one{node_1};
  test_node two{node_2};
  one.open_link(two.self());
  CAF_REQUIRE(one.await(node_2, [](const link_status& x) { return x.frames_sent >= 2; }));
  CAF_CHECK(!one.status(node_2).connected);
  CAF_CHECK_EQUAL(two.in().size(node_1), 0u);
}

CAF_TEST(shutdown does not wait for a connection that hangs) {
  // A listener whose backlog is full: the kernel drops further attempts, as a dead network would.
  raw_listener full{0};
  raw_socket fills_it{full.where()};
  CAF_REQUIRE(fills_it.connected());
  auto begin = std::chrono::steady_clock::now();
  {
    test_node one{node_1};
    one.open_link({node_2, full.where()});
    one.send(node_2, {make_heartbeat(1)});
    CAF_CHECK(!one.status(node_2).connected);
  }
  // CAF's own way to connect keeps an actor system from ending for about 130 seconds.
  CAF_CHECK(std::chrono::steady_clock::now() - begin < patience);
}

CAF_TEST(an actor system that was not set up gives an error and not a crash) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto net = middleman_transport();
  transport_context context;
  context.self = {node_1, {"127.0.0.1", 0}};
  context.cluster_id = "test";
  auto x = net->start(system, context);
  CAF_REQUIRE(!x.ok());
  CAF_CHECK_NOT_EQUAL(x.error().message.find("kommander::setup"), std::string::npos);
}
