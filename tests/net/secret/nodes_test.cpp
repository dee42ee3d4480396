/// Nodes that share a secret, over real sockets; and those who do not have it.
#define CAF_SUITE net_secret

#include <algorithm>
#include <list>

#include "net/middleman/gateway.hpp"
#include "tests/net/attacks.hpp"
#include "tests/net/impostor.hpp"
#include "tests/net/secret/secret_socket.hpp"
#include "tests/support/this_process.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

const std::string first_secret = "the first secret has 32 bytes ..";
const std::string second_secret = "the second one has as many ....!";

const node_id node_9{9}; ///< Is called by all the others, whose ids are smaller.

std::function<void(transport_context&)> with(const std::string& secret, const std::string& accepted = {}) {
  return [=](transport_context& x) {
    x.security.mode = auth_mode::shared_secret;
    x.security.shared_secret = secret;
    x.security.accepted_secret = accepted;
    x.handshake_timeout = std::chrono::seconds{2}; // much for a busy machine, little for those who wait for its end
  };
}

net::secret_settings settings_of(node_id self, const std::string& secret = first_secret) {
  return {net::channel_purpose::nodes, self, "test", secret, {}};
}

net::socket_counters& counters(test_node& x) {
  return net::state_of(x.system())->counters;
}

/// True if what each sends arrives at the other.
bool talk(test_node& x, test_node& y, std::uint64_t number) {
  auto before_x = x.in().size(y.self().id);
  auto before_y = y.in().size(x.self().id);
  x.send(y.self().id, {make_heartbeat(number)});
  y.send(x.self().id, {make_heartbeat(number)});
  return x.in().await(y.self().id, before_x + 1).size() > before_x
         && y.in().await(x.self().id, before_y + 1).size() > before_y;
}

/// Two nodes with one secret that talk to each other, whatever happens to one of them.
struct fixture {
  test_node one{node_1, 0, "test", with(first_secret)};
  introductions introduced;
  test_node two{node_9, 0, "test", [this](transport_context& x) {
                  with(first_secret)(x);
                  introduced.into(x);
                }};
  std::uint64_t number = 0;

  fixture() {
    CAF_REQUIRE_EQUAL(one.error() + two.error(), "");
    CAF_REQUIRE(join_nodes(one, two));
  }

  ~fixture() {
    CAF_CHECK(talk(one, two, ++number));
    CAF_CHECK_EQUAL(two.status(node_1).connects, 1u);
  }

  const endpoint& target() {
    return two.self().address;
  }

  std::set<node_id> heard_of() {
    auto all = introduced.who();
    all.erase(node_1); // that one is told of as well when it connects
    return all;
  }
};

} // namespace

CAF_TEST(a large message comes through in both directions) {
  test_node one{node_1, 0, "test", with(first_secret)};
  test_node two{node_2, 0, "test", with(first_secret)};
  CAF_REQUIRE(join_nodes(one, two));
  for (auto* pair : {&one, &two}) {
    auto& other = pair == &one ? two : one;
    auto large = make_append(7, std::string(std::size_t{3} << 20, 'x'));
    pair->send(other.self().id, {large});
    auto found = other.in().await(pair->self().id, 1);
    CAF_REQUIRE_EQUAL(found.size(), 1u);
    CAF_CHECK_EQUAL(number_of(found[0]), 7u);
    const auto* body = std::get_if<append_request>(&found[0].body);
    CAF_REQUIRE(body != nullptr && body->entries.size() == 1);
    CAF_CHECK(body->entries[0].payload == std::get<append_request>(large.body).entries[0].payload);
  }
  CAF_CHECK_EQUAL(counters(one).unproved + counters(two).unproved, 0u);
  CAF_CHECK_EQUAL(counters(one).proved + counters(two).proved, 2u);
}

CAF_TEST(nodes with an old and a new secret find each other in whichever order they are restarted) {
  test_node old{node_1, 0, "test", with(first_secret, second_secret)};
  test_node renewed{node_2, 0, "test", with(second_secret, first_secret)};
  CAF_CHECK(join_nodes(old, renewed)); // the smaller id dials
  test_node next{node_3, 0, "test", with(first_secret, second_secret)};
  CAF_CHECK(join_nodes(renewed, next));
}

CAF_TEST(settings that make no sense keep a node from starting) {
  test_node blank{node_1, 0, "test", with(" ")};
  CAF_CHECK_EQUAL(blank.error(), "shared_secret is blank, but a secret needs at least 32 bytes");
  test_node exposed{node_1, 0, "test", [](transport_context& x) { x.self.address.host = "0.0.0.0"; }};
  CAF_CHECK(exposed.error().starts_with("host is \"0.0.0.0\", which others can reach"));
  test_node allowed{node_1, 0, "test", [](transport_context& x) {
                      x.self.address.host = "0.0.0.0";
                      x.security.allow_unauthenticated_cluster = true;
                    }};
  CAF_CHECK_EQUAL(allowed.error(), "");
}

CAF_TEST_FIXTURE_SCOPE(secret_tests, fixture)

CAF_TEST(a node with another secret gets nowhere) {
  test_node other{node_3, 0, "test", with(second_secret)};
  other.open_link(two.self(), true);
  CAF_CHECK(eventually([&] { return counters(two).unproved >= 2; })); // and tries again
  CAF_CHECK(!other.status(node_9).connected);
  two.open_link(other.self(), true);
  CAF_CHECK(eventually([&] { return counters(other).unproved >= 2; }));
  CAF_CHECK(!two.status(node_3).connected);
  CAF_CHECK(heard_of().empty());
}

CAF_TEST(a node without a secret and one with it get nowhere) {
  test_node plain{node_3};
  plain.open_link(two.self(), true);
  CAF_CHECK(eventually([&] { return counters(two).unproved >= 2; }));
  two.open_link(plain.self(), true);
  CAF_CHECK(eventually([&] { return counters(plain).broken_packets >= 1; }));
  CAF_CHECK(!plain.status(node_9).connected && !two.status(node_3).connected);
  CAF_CHECK(heard_of().empty());
}

CAF_TEST(nothing is said to somebody who has proved nothing) {
  CAF_CHECK(keeps_silent(target()));
  CAF_CHECK_GREATER_OR_EQUAL(counters(two).unproved.load(), 6u);
}

CAF_TEST(who is slow to prove himself is cut) {
  CAF_CHECK(cuts_the_slow(target(), "KmS1"));
  CAF_CHECK_GREATER_OR_EQUAL(counters(two).handshake_timeouts.load(), 2u);
}

CAF_TEST(a member speaks in no other name than its own) {
  secret_socket socket{target(), settings_of(node_3), node_9};
  CAF_REQUIRE(socket.is_open());
  impostor attacker{socket};
  CAF_REQUIRE(attacker.accepted());
  attacker.say_hello(node_id{4}, node_9);
  attacker.say_hello(node_id{5}, node_9);
  attacker.say_hello(node_3, node_9);
  CAF_CHECK(eventually([&] { return !heard_of().empty(); }));
  CAF_CHECK(heard_of() == std::set{node_3});
}

CAF_TEST(a client does not get into the port for nodes) {
  auto settings = settings_of({});
  settings.purpose = net::channel_purpose::clients;
  secret_socket socket{target(), settings};
  CAF_CHECK(!socket.is_open());
  CAF_CHECK(eventually([&] { return counters(two).unproved == 1; }));
}

CAF_TEST(a session that was recorded is of no use) {
  test_node three{node_3, 0, "test", with(first_secret)};
  CAF_CHECK(refuses_a_repetition(three, two));
}

CAF_TEST(an altered byte ends the connection and the link heals) {
  test_node three{node_3, 0, "test", with(first_secret)};
  CAF_CHECK(heals_after_an_alteration(three, two));
}

CAF_TEST(a flood of bad connections keeps nobody out for long and costs little memory) {
  auto before = resident_bytes();
  for (auto i = 0; i < 3000; ++i) {
    raw_socket socket{target()};
    socket.send(i % 2 == 0 ? "KmS1" : "nonsense");
    if (i % 100 == 0)
      CAF_CHECK(talk(one, two, ++number));
  }
  CAF_CHECK_GREATER(counters(two).throttled.load(), 0u);
  CAF_CHECK_LESS(resident_bytes(), before + (std::size_t{50} << 20));
  test_node three{node_3, 0, "test", with(first_secret)};
  three.open_link(two.self(), true); // from the address of the flood
  two.open_link(three.self());
  CAF_CHECK(three.await_connected(node_9));
}

CAF_TEST(what is begun from an address that has begun too much is reset so that nothing of it stays here) {
  std::list<raw_socket> silent;
  auto has_more = [&] {
    for (auto i = 0; i < 50; ++i)
      silent.emplace_back(target());
    return counters(two).throttled > 0;
  };
  CAF_CHECK(eventually(has_more));
  CAF_CHECK(eventually([&] { return std::ranges::any_of(silent, &raw_socket::is_reset); }));
}

CAF_TEST_FIXTURE_SCOPE_END()
