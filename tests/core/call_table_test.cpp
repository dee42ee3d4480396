#define CAF_SUITE node_request

#include "actors/coordinator/call_table.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr node_id peer{2};
constexpr node_id other{3};

call_table small() {
  return call_table{{.timeout = 10s, .base = 1000, .open_max = 3, .served_max = 2, .remembered_max = 4}};
}

} // namespace

CAF_TEST(ids ascend from the base and none is used twice) {
  auto x = small();
  CAF_CHECK_EQUAL(x.open(0s).value(), 1001u);
  CAF_CHECK(x.close(call_id{1001}));
  CAF_CHECK_EQUAL(x.open(0s).value(), 1002u);
}

CAF_TEST(only so many requests are open at a time) {
  auto x = small();
  auto first = x.open(0s);
  x.open(0s);
  x.open(0s);
  CAF_CHECK(!x.open(0s));
  x.close(first);
  CAF_CHECK(x.open(0s));
}

CAF_TEST(an answer counts from whom was asked and while the request is open) {
  auto x = small();
  auto id = x.open(0s);
  CAF_CHECK(!x.expects(id, peer));
  CAF_CHECK(!x.is_sent(id));
  x.sent(id, peer);
  CAF_CHECK(x.is_sent(id));
  CAF_CHECK(x.expects(id, peer));
  CAF_CHECK(!x.expects(id, other));
  CAF_CHECK(!x.expects(id, node_id{}));
  CAF_CHECK(x.close(id));
  CAF_CHECK(!x.expects(id, peer));
  CAF_CHECK(!x.close(id));
  CAF_CHECK(x.is_idle());
}

CAF_TEST(a request that was not sent expects an answer of nobody) {
  auto x = small();
  CAF_CHECK(!x.expects(x.open(0s), node_id{}));
}

CAF_TEST(requests expire when their time is over) {
  auto x = small();
  auto first = x.open(0s);
  auto second = x.open(3s);
  CAF_CHECK(x.expired(9s).empty());
  CAF_CHECK(x.expired(10s) == std::vector{first});
  CAF_CHECK(x.expired(13s) == (std::vector{first, second}));
  x.close(first);
  CAF_CHECK(x.expired(13s) == std::vector{second});
}

CAF_TEST(a peer has only so many calls carried out at a time) {
  using enum call_table::admission;
  auto x = small();
  CAF_CHECK(x.admit(peer, call_id{1}, 0s) == admitted);
  CAF_CHECK(x.admit(peer, call_id{2}, 0s) == admitted);
  CAF_CHECK(x.admit(peer, call_id{3}, 0s) == refused);
  CAF_CHECK(x.admit(other, call_id{3}, 0s) == admitted);
  x.served(peer, call_id{1});
  CAF_CHECK(x.admit(peer, call_id{4}, 0s) == admitted);
}

CAF_TEST(a call that is never answered makes room when its time is over) {
  using enum call_table::admission;
  auto x = small();
  CAF_CHECK(x.admit(peer, call_id{1}, 0s) == admitted);
  CAF_CHECK(x.admit(peer, call_id{2}, 3s) == admitted);
  CAF_CHECK(x.admit(peer, call_id{3}, 9s) == refused);
  CAF_CHECK(x.admit(peer, call_id{3}, 10s) == admitted);
  CAF_CHECK(x.admit(peer, call_id{4}, 10s) == refused);
  x.served(peer, call_id{1}); // too late
  CAF_CHECK(x.admit(peer, call_id{4}, 10s) == refused);
}

CAF_TEST(a call that comes twice is carried out once) {
  using enum call_table::admission;
  auto x = small();
  for (std::uint64_t i = 1; i <= 5; ++i) {
    CAF_CHECK(x.admit(peer, call_id{i}, 0s) == admitted);
    x.served(peer, call_id{i});
    CAF_CHECK(x.admit(peer, call_id{i}, 0s) == repeated);
  }
  CAF_CHECK(x.admit(peer, call_id{2}, 0s) == repeated);
  CAF_CHECK(x.admit(other, call_id{2}, 0s) == admitted); // another node numbers its own
  CAF_CHECK(x.admit(peer, call_id{1}, 0s) == admitted);  // memory is bounded
}
