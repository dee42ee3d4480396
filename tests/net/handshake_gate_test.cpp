/// How many connections an address may begin without proving anything.
#define CAF_SUITE net_handshake_gate

#include "net/middleman/handshake_gate.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <caf/test/unit_test.hpp>

using namespace kommander::net;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct fixture {
  handshake_gate gate{10, 20};
  handshake_gate::time_point now{};

  int admitted(const std::string& address, int tries) {
    auto n = 0;
    for (auto i = 0; i < tries; ++i)
      n += gate.admit(key_of(address), now) ? 1 : 0;
    return n;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(handshake_gate_tests, fixture)

CAF_TEST(an address has a burst and then so many a second) {
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 1000), 20);
  now += seconds{1};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 1000), 10);
  now += milliseconds{50};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 1000), 0);
  now += milliseconds{50};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 1000), 1);
  now += seconds{3600};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 1000), 20);
}

CAF_TEST(addresses do not take from each other) {
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 20);
  CAF_CHECK_EQUAL(admitted("10.0.0.2", 100), 20);
  CAF_CHECK_EQUAL(admitted("2001:db8::1", 100), 20);
  CAF_CHECK_EQUAL(admitted("2001:db8::2", 100), 0); // the same network
  CAF_CHECK_EQUAL(admitted("2001:db8:0:1::2", 100), 20);
}

CAF_TEST(an address is the same as text and as the kernel tells it) {
  sockaddr_storage x{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(x);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(4711);
  CAF_REQUIRE_EQUAL(inet_pton(AF_INET, "10.0.0.1", &v4.sin_addr), 1);
  CAF_CHECK(key_of(x) == key_of("10.0.0.1"));
  CAF_CHECK(key_of(x) != key_of("10.0.0.2"));
  x = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(x);
  v6.sin6_family = AF_INET6;
  CAF_REQUIRE_EQUAL(inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
  CAF_CHECK(key_of(x) == key_of("2001:db8::2"));
  CAF_CHECK(key_of(x) != key_of("2001:db8:0:1::1"));
  CAF_CHECK(key_of(x) != key_of("10.0.0.1"));
}

CAF_TEST(who proves itself is not held up) {
  for (auto i = 0; i < 1000; ++i) {
    CAF_REQUIRE(gate.admit(key_of("10.0.0.1"), now));
    gate.give_back(key_of("10.0.0.1"));
  }
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 20);
  gate.give_back(key_of("10.0.0.9")); // never seen
  CAF_CHECK_EQUAL(admitted("10.0.0.9", 100), 20);
}

CAF_TEST(a clock that goes backwards gives nothing) {
  now += seconds{10};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 20);
  now -= seconds{5};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 0);
  now += seconds{5};
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 0);
}

CAF_TEST(only so many addresses are remembered and the longest silent is forgotten first) {
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 20);
  now += milliseconds{1};
  CAF_CHECK_EQUAL(admitted("10.0.0.2", 100), 20);
  for (auto i = 0; i < 5000; ++i) {
    now += milliseconds{1};
    if (i % 10 == 0)
      gate.admit(key_of("10.0.0.2"), now); // stays, and has no more than comes back
    gate.admit(key_of("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250)), now);
  }
  CAF_CHECK_EQUAL(gate.size(), handshake_gate::addresses_max);
  CAF_CHECK(admitted("10.0.0.2", 100) <= 1);
  CAF_CHECK_EQUAL(admitted("10.0.0.1", 100), 20); // forgotten
}

CAF_TEST_FIXTURE_SCOPE_END()
