#define CAF_SUITE progress
#include <caf/test/unit_test.hpp>

#include "actors/partition/progress.hpp"

using namespace kommander;

namespace {

constexpr std::size_t messages_max = 3;
constexpr std::size_t bytes_max = 1000;

struct fixture {
  progress peer{log_index{10}, messages_max, bytes_max};

  /// Brings the peer into replicate mode with `match` confirmed.
  void confirm(std::uint64_t match) {
    peer.accepted(log_index{match});
    CAF_REQUIRE(peer.mode() == replication_mode::replicate);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(progress_tests, fixture)

CAF_TEST(a new peer is probed with one append at a time) {
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.match().value(), 0u);
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
  CAF_CHECK(peer.may_send());
  peer.sent(log_index{12}, 100);
  CAF_CHECK(!peer.may_send());
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
}

CAF_TEST(a heartbeat reply lets a lost probe be repeated) {
  peer.sent(log_index{12}, 100);
  peer.heard_heartbeat();
  CAF_CHECK(peer.may_send());
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
}

CAF_TEST(a peer that has acknowledged all of a snapshot itself is not probed behind it) {
  peer.needs_snapshot();
  peer.accepted(log_index{20});
  CAF_CHECK(peer.mode() == replication_mode::snapshot);
  peer.installed(log_index{20});
  CAF_CHECK(peer.mode() == replication_mode::replicate);
  CAF_CHECK_EQUAL(peer.next().value(), 21u);
}

CAF_TEST(the answer to a probe turns to replicate and counts what the probe carried as in flight) {
  peer.sent(log_index{12}, 100);
  CAF_CHECK(peer.accepted(log_index{9}));
  CAF_CHECK(peer.mode() == replication_mode::replicate);
  CAF_CHECK_EQUAL(peer.match().value(), 9u);
  CAF_CHECK_EQUAL(peer.next().value(), 13u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 1u);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 100u);
}

CAF_TEST(the answer that confirms all that the probe carried leaves nothing in flight) {
  peer.sent(log_index{12}, 100);
  CAF_CHECK(peer.accepted(log_index{12}));
  CAF_CHECK_EQUAL(peer.next().value(), 13u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 0u);
}

CAF_TEST(a probe without entries is confirmed by its anchor) {
  peer.sent(log_index{9}, 0);
  CAF_CHECK(peer.accepted(log_index{9}));
  CAF_CHECK_EQUAL(peer.match().value(), 9u);
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(replication is pipelined up to the limit of messages) {
  confirm(9);
  for (std::uint64_t i = 10; i < 13; ++i) {
    CAF_CHECK(peer.may_send());
    peer.sent(log_index{i}, 10);
    CAF_CHECK_EQUAL(peer.next().value(), i + 1);
  }
  CAF_CHECK_EQUAL(peer.inflight_messages(), messages_max);
  CAF_CHECK(!peer.may_send());
  CAF_CHECK(peer.accepted(log_index{10}));
  CAF_CHECK_EQUAL(peer.inflight_messages(), 2u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(replication is pipelined up to the limit of bytes) {
  confirm(9);
  peer.sent(log_index{10}, 600);
  CAF_CHECK(peer.may_send());
  peer.sent(log_index{11}, 600);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 1200u);
  CAF_CHECK(!peer.may_send());
  CAF_CHECK(peer.accepted(log_index{10}));
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 600u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(one answer frees every append that it covers and none that it covers in part) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  peer.sent(log_index{14}, 20);
  peer.sent(log_index{15}, 30);
  CAF_CHECK(peer.accepted(log_index{13}));
  CAF_CHECK_EQUAL(peer.inflight_messages(), 2u);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 50u);
  CAF_CHECK(peer.accepted(log_index{15}));
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 0u);
}

CAF_TEST(an answer that is older than the match point is no news and changes nothing) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  peer.accepted(log_index{11});
  CAF_CHECK(!peer.accepted(log_index{10}));
  CAF_CHECK(!peer.accepted(log_index{11}));
  CAF_CHECK_EQUAL(peer.match().value(), 11u);
  CAF_CHECK_EQUAL(peer.next().value(), 12u);
}

CAF_TEST(an answer beyond what was sent moves the next index above the match point) {
  confirm(9);
  CAF_CHECK(peer.accepted(log_index{20}));
  CAF_CHECK_EQUAL(peer.match().value(), 20u);
  CAF_CHECK_EQUAL(peer.next().value(), 21u);
}

CAF_TEST(a refused probe is tried again further back) {
  peer.sent(log_index{12}, 100);
  CAF_CHECK(peer.refused(log_index{9}, log_index{4}));
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.next().value(), 5u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(a refusal of another probe than the present one is out of date) {
  peer.sent(log_index{12}, 100);
  CAF_CHECK(!peer.refused(log_index{7}, log_index{4}));
  CAF_CHECK(!peer.refused(log_index{12}, log_index{4}));
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
  CAF_CHECK(!peer.may_send());
}

CAF_TEST(a refusal while replicating goes back to probing and empties the window) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  peer.sent(log_index{13}, 20);
  CAF_CHECK(peer.refused(log_index{11}, log_index{10}));
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.next().value(), 11u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 0u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(a refusal of what is known to match is out of date while replicating) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  CAF_CHECK(!peer.refused(log_index{9}, log_index{3}));
  CAF_CHECK(peer.mode() == replication_mode::replicate);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 1u);
}

CAF_TEST(no refusal goes back behind the match point) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  CAF_CHECK(peer.refused(log_index{11}, log_index{2}));
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
  CAF_CHECK_EQUAL(peer.match().value(), 9u);
}

CAF_TEST(a restart probes from the match point with nothing in flight) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  peer.restart();
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.match().value(), 9u);
  CAF_CHECK_EQUAL(peer.next().value(), 10u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  CAF_CHECK(peer.may_send());
}

CAF_TEST(a probe after a restart does not count what an earlier probe carried) {
  peer.sent(log_index{12}, 100);
  peer.restart();
  peer.sent(log_index{}, 0);
  CAF_CHECK(peer.accepted(log_index{}));
  CAF_CHECK_EQUAL(peer.next().value(), 1u);
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
}

CAF_TEST(a peer that needs a snapshot is sent no appends and refuses nothing) {
  confirm(9);
  peer.sent(log_index{11}, 10);
  peer.needs_snapshot();
  CAF_CHECK(peer.mode() == replication_mode::snapshot);
  CAF_CHECK(!peer.may_send());
  CAF_CHECK_EQUAL(peer.inflight_bytes(), 0u);
  CAF_CHECK(!peer.refused(log_index{11}, log_index{10}));
  CAF_CHECK(peer.mode() == replication_mode::snapshot);
}

CAF_TEST(a paused peer gets nothing and goes on behind what it holds) {
  confirm(12);
  peer.sent(log_index{14}, 10);
  peer.sent(log_index{16}, 10);
  peer.pause();
  CAF_CHECK(!peer.may_send());
  CAF_CHECK_EQUAL(peer.inflight_messages(), 0u);
  peer.accepted(log_index{13}); // an answer that was under way
  CAF_CHECK(!peer.may_send());
  peer.resume();
  CAF_CHECK(peer.may_send());
  CAF_CHECK_EQUAL(peer.next(), log_index{14});
}

CAF_TEST(a pause with nothing in flight changes neither mode nor position) {
  confirm(12);
  peer.pause();
  peer.resume();
  CAF_CHECK(peer.mode() == replication_mode::replicate);
  CAF_CHECK_EQUAL(peer.next(), log_index{13});
}

CAF_TEST(a pause while probing keeps the place that is to be tried) {
  auto next = peer.next();
  peer.sent(next, 10);
  peer.pause();
  peer.heard_heartbeat();
  CAF_CHECK(!peer.may_send());
  peer.resume();
  CAF_CHECK(peer.mode() == replication_mode::probe);
  CAF_CHECK_EQUAL(peer.next(), next);
  CAF_CHECK(peer.may_send());
}

CAF_TEST_FIXTURE_SCOPE_END()
