#define CAF_SUITE client_core

#include "actors/client/client_sessions.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p{1};
constexpr partition_id q{2};

client_sessions some() {
  return client_sessions{{.seed = 5, .window_max = 4, .idle_max = 50min}};
}

/// With a session for `p` that the partition knows.
client_sessions begun() {
  auto x = some();
  x.applied(x.assign(p, 0s), p, 0s);
  return x;
}

} // namespace

CAF_TEST(each partition has a session of its own that begins with one) {
  auto x = some();
  auto first = x.assign(p, 0s);
  auto other = x.assign(q, 0s);
  CAF_CHECK_EQUAL(first.sequence, 1u);
  CAF_CHECK_EQUAL(other.sequence, 1u);
  CAF_CHECK(first.client);
  CAF_CHECK(first.client != other.client);
}

CAF_TEST(the first request of a session is answered before there is a second one) {
  auto x = some();
  auto first = x.assign(p, 0s);
  CAF_CHECK(!x.has_room(p));
  CAF_CHECK(x.has_room(q));
  x.applied(first, p, 0s);
  CAF_REQUIRE(x.has_room(p));
  auto second = x.assign(p, 0s);
  CAF_CHECK(second == (session_number{first.client, 2}));
  CAF_CHECK(x.has_room(p));
}

CAF_TEST(no number is so high that an older one could be forgotten) {
  auto x = begun();
  auto oldest = x.assign(p, 0s);
  std::vector<session_number> others;
  while (x.has_room(p))
    others.push_back(x.assign(p, 0s));
  CAF_CHECK_EQUAL(others.size(), 3u);
  for (const auto& y : others)
    x.applied(y, p, 0s);
  CAF_CHECK(!x.has_room(p)); // the oldest one still waits
  x.applied(oldest, p, 0s);
  CAF_CHECK(x.has_room(p));
  CAF_CHECK_EQUAL(x.assign(p, 0s).sequence, 6u);
}

CAF_TEST(a session whose first request is given up is not used again) {
  auto x = some();
  auto first = x.assign(p, 0s);
  x.given_up(first);
  CAF_CHECK_EQUAL(x.size(), 0u);
  auto next = x.assign(p, 0s);
  CAF_CHECK(next.client != first.client);
  CAF_CHECK_EQUAL(next.sequence, 1u);
}

CAF_TEST(a session whose first request was applied elsewhere is not used again) {
  auto x = some();
  auto first = x.assign(p, 0s);
  x.applied(first, q, 0s);
  CAF_CHECK(x.has_room(p));
  CAF_CHECK(x.assign(p, 0s).client != first.client);
}

CAF_TEST(a later request that is given up or moves changes nothing) {
  auto x = begun();
  auto second = x.assign(p, 0s);
  auto third = x.assign(p, 0s);
  x.given_up(second);
  x.applied(third, q, 0s);
  CAF_CHECK(x.assign(p, 0s) == (session_number{second.client, 4}));
}

CAF_TEST(a session that the partition does not know is not used again but what is open keeps its numbers) {
  auto x = begun();
  auto second = x.assign(p, 0s);
  auto third = x.assign(p, 0s);
  x.expired(second);
  auto fresh = x.assign(p, 0s);
  CAF_CHECK(fresh.client != second.client);
  CAF_CHECK_EQUAL(fresh.sequence, 1u);
  CAF_CHECK_EQUAL(x.size(), 2u);
  x.applied(third, p, 0s);
  CAF_CHECK_EQUAL(x.size(), 1u);
  x.applied(fresh, p, 0s);
  CAF_CHECK(x.assign(p, 0s) == (session_number{fresh.client, 2}));
}

CAF_TEST(a session that may have expired is not used again) {
  auto x = begun();
  auto second = x.assign(p, 40min);
  x.applied(second, p, 40min);
  auto third = x.assign(p, 89min);
  CAF_CHECK(third.client == second.client);
  x.applied(third, p, 90min);
  auto late = x.assign(p, 141min);
  CAF_CHECK(late.client != second.client);
  CAF_CHECK_EQUAL(late.sequence, 1u);
  CAF_CHECK_EQUAL(x.size(), 1u);
}

CAF_TEST(the session of a partition that is gone is forgotten) {
  auto x = begun();
  auto open = x.assign(p, 0s);
  x.forget(p);
  CAF_CHECK_EQUAL(x.size(), 1u); // for what is open
  x.applied(open, q, 0s);
  CAF_CHECK_EQUAL(x.size(), 0u);
}

CAF_TEST(clients with other seeds have other ids) {
  client_sessions x{{.seed = 1}};
  client_sessions y{{.seed = 2}};
  CAF_CHECK(x.assign(p, 0s).client != y.assign(p, 0s).client);
}
