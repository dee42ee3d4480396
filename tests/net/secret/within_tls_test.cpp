/// A shared secret within TLS, over real sockets.
#define CAF_SUITE net_secret_within_tls

#include "net/middleman/system_module.hpp"
#include "tests/net/support.hpp"
#include "tests/net/tls_fixture.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::test;

namespace {

struct fixture : tls_fixture {
  int holders = 0;

  /// Settings of node `id` with a certificate of its own, that asks for none, and a secret.
  std::function<void(transport_context&)> with(std::uint64_t id, char secret) {
    tls_party party{node_request(id), nullptr, false, {}, true, false};
    auto security = settings_of(party, "holder-" + std::to_string(++holders));
    security.mode = auth_mode::shared_secret;
    security.require_tls = true;
    security.shared_secret = std::string(32, secret);
    return [=](transport_context& x) { x.security = security; };
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(secret_within_tls_tests, fixture)

CAF_TEST(nodes with certificates and one secret come together and others do not ) {
  test_node one{node_1, 0, "test", with(1, 's')};
  test_node two{node_2, 0, "test", with(2, 's')};
  CAF_REQUIRE_EQUAL(one.error() + two.error(), "");
  CAF_REQUIRE(join_nodes(one, two));
  one.send(node_2, {make_heartbeat(7)});
  two.send(node_1, {make_heartbeat(8)});
  CAF_CHECK_EQUAL(two.in().await(node_1, 1).size(), 1u);
  CAF_CHECK_EQUAL(one.in().await(node_2, 1).size(), 1u);
  test_node other{node_3, 0, "test", with(3, 'x')};
  other.open_link(two.self(), true);
  two.open_link(other.self(), true);
  auto& counters = net::state_of(two.system())->counters;
  CAF_CHECK(other.await(node_2, [&](const link_status& x) { return !x.connected && counters.unproved > 1; }));
}

CAF_TEST_FIXTURE_SCOPE_END()
