/// Nodes with certificates, over real sockets; and those who have none, or the wrong ones.
#define CAF_SUITE net_tls_sockets

#include "net/middleman/system_module.hpp"
#include "tests/net/attacks.hpp"
#include "tests/net/impostor.hpp"
#include "tests/net/tls_fixture.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;
using namespace std::chrono_literals;

namespace {

const node_id node_9{9}; ///< Is called by all the others, whose ids are smaller.

std::function<void(transport_context&)> with(const security_config& security) {
  return [=](transport_context& x) {
    x.security = security;
    x.handshake_timeout = 500ms;
  };
}

net::socket_counters& counters(test_node& x) {
  return net::state_of(x.system())->counters;
}

struct certificates : tls_fixture {
  /// Settings of node `id`, signed by the authority of all.
  security_config node(std::uint64_t id) {
    return holder(node_request(id));
  }

  security_config holder(const certificate_request& request, const credentials* signer = nullptr) {
    tls_party x{request, signer, false, {}, true, false};
    return settings_of(x, "holder-" + std::to_string(++holders));
  }

  int holders = 0;
};

/// Two nodes that talk to each other, whatever happens to one of them.
struct fixture : certificates {
  test_node one{node_1, 0, "test", with(node(1))};
  test_node nine{node_9, 0, "test", with(node(9))};
  std::size_t messages = 0;

  fixture() {
    expected = node_9;
    CAF_REQUIRE_EQUAL(one.error() + nine.error(), "");
    CAF_REQUIRE(join_nodes(one, nine));
  }

  ~fixture() {
    ++messages;
    one.send(node_9, {make_heartbeat(messages)});
    nine.send(node_1, {make_heartbeat(messages)});
    CAF_CHECK_EQUAL(nine.in().await(node_1, messages).size(), messages);
    CAF_CHECK_EQUAL(one.in().await(node_9, messages).size(), messages);
    CAF_CHECK_EQUAL(nine.status(node_1).connects, 1u);
  }

  const endpoint& target() {
    return nine.self().address;
  }

  /// What somebody with these settings hears of node 9 before it closes the connection; "" if nothing.
  std::string heard_with(security_config settings, bool shows_certificate = true) {
    settings.mode = auth_mode::disabled; // such a program does not look at its own certificate
    if (!shows_certificate) {
      settings.certificate_file.clear();
      settings.private_key_file.clear();
    }
    auto made = net::make_tls_factory(settings, false);
    CAF_REQUIRE(made);
    channel_socket x{target(), (*made)->make(net::channel_side::dialing, node_9, "127.0.0.1")};
    return x.receive(1);
  }
};

} // namespace

CAF_TEST(a message of megabytes goes both ways) {
  certificates files;
  test_node x{node_1, 0, "test", with(files.node(1))};
  test_node y{node_2, 0, "test", with(files.node(2))};
  CAF_REQUIRE(join_nodes(x, y));
  for (auto* from : {&x, &y}) {
    auto& to = from == &x ? y : x;
    from->send(to.self().id, {make_append(7, std::string(std::size_t{3} << 20, 'x'))});
    auto found = to.in().await(from->self().id, 1);
    CAF_REQUIRE_EQUAL(found.size(), 1u);
    const auto* body = std::get_if<append_request>(&found[0].body);
    CAF_REQUIRE(body != nullptr && body->entries.size() == 1);
    CAF_CHECK(body->entries[0].payload.view() == std::string(std::size_t{3} << 20, 'x'));
  }
  CAF_CHECK_EQUAL(counters(x).unproved + counters(y).unproved, 0u);
}

CAF_TEST(certificates that cannot be used keep a node from starting) {
  certificates files;
  auto settings = files.node(1);
  settings.certificate_file = "/nowhere/node.pem";
  test_node x{node_1, 0, "test", with(settings)};
  CAF_CHECK(contains(x.error(), "\"/nowhere/node.pem\" cannot be opened"));
}

CAF_TEST_FIXTURE_SCOPE(tls_socket_tests, fixture)

CAF_TEST(who has no right certificate hears nothing) {
  auto late = node_request(3);
  late.begin = -48h;
  late.end = -1h;
  auto early = node_request(3);
  early.begin = 1h;
  auto client = node_request(3);
  client.names.back() = "URI:kommander:client";
  CAF_CHECK_EQUAL(heard_with(holder(late)), "");
  CAF_CHECK_EQUAL(heard_with(holder(early)), "");
  CAF_CHECK_EQUAL(heard_with(holder(client)), "");
  CAF_CHECK_EQUAL(heard_with(holder(certificate_request{})), "");
  CAF_CHECK_EQUAL(heard_with(holder(node_request(3), &other_authority)), "");
  CAF_CHECK_EQUAL(heard_with(node(3), false), "");
  CAF_CHECK(eventually([&] { return counters(nine).unproved == 6; }));
  CAF_CHECK_NOT_EQUAL(heard_with(node(3)), "");
}

CAF_TEST(plain packets to TLS are refused unanswered) {
  CAF_CHECK(keeps_silent(target()));
}

CAF_TEST(a node without TLS and one with it get nowhere) {
  test_node plain{node_3};
  plain.open_link(nine.self(), true);
  CAF_CHECK(eventually([&] { return counters(nine).unproved >= 2; })); // and tries again
  nine.open_link(plain.self(), true);
  CAF_CHECK(eventually([&] { return counters(plain).broken_packets >= 1; }));
  CAF_CHECK(!plain.status(node_9).connected && !nine.status(node_3).connected);
}

CAF_TEST(a node with the certificate of another one does not start) {
  test_node three{node_3, 0, "test", with(node(4))};
  CAF_CHECK(contains(three.error(), "names node 4, but this is node 3"));
}

CAF_TEST(who has the certificate of another node is not taken for the one that was called) {
  test_node four{node_id{4}, 0, "test", with(node(4))};
  nine.open_link({node_3, four.self().address}, true);
  CAF_CHECK(eventually([&] { return counters(nine).unproved >= 2; })); // and tries again
  CAF_CHECK(!nine.status(node_3).connected);
}

CAF_TEST(who has the certificate of another node speaks in no other name than that) {
  auto settings = node(4);
  auto made = net::make_tls_factory(settings, true);
  CAF_REQUIRE(made);
  introductions heard;
  test_node eight{node_id{8}, 0, "test", [&](transport_context& x) {
                    with(node(8))(x);
                    heard.into(x);
                  }};
  CAF_REQUIRE_EQUAL(eight.error(), "");
  channel_socket socket{eight.self().address, (*made)->make(net::channel_side::dialing, node_id{8}, "127.0.0.1")};
  CAF_REQUIRE(socket.is_open());
  impostor attacker{socket};
  CAF_REQUIRE(attacker.accepted());
  attacker.say_hello(node_3, node_id{8});
  attacker.say_hello(node_1, node_id{8});
  attacker.say_hello(node_id{4}, node_id{8});
  CAF_CHECK(eventually([&] { return !heard.who().empty(); }));
  CAF_CHECK(heard.who() == std::set{node_id{4}});
}

CAF_TEST(who is slow to shake hands is cut) {
  CAF_CHECK(cuts_the_slow(target(), {"\x16\x03\x01\x02\x00\x01", 6}));
  CAF_CHECK_GREATER_OR_EQUAL(counters(nine).handshake_timeouts.load(), 2u);
}

CAF_TEST(a session over TLS that was recorded is of no use) {
  test_node three{node_3, 0, "test", with(node(3))};
  CAF_CHECK(refuses_a_repetition(three, nine));
}

CAF_TEST(an altered byte in TLS ends the connection and the link heals) {
  test_node three{node_3, 0, "test", with(node(3))};
  CAF_CHECK(heals_after_an_alteration(three, nine));
}

CAF_TEST_FIXTURE_SCOPE_END()
