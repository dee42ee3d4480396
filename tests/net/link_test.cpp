#define CAF_SUITE net_link

#include "net/link/outbox.hpp"
#include "net/link/session.hpp"
#include "net/message_codec.hpp"
#include "tests/net/messages.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace kommander::net;
using namespace kommander::test;

namespace {

std::vector<std::uint64_t> numbers(const std::vector<raft_message>& messages) {
  std::vector<std::uint64_t> result;
  for (const auto& x : messages)
    result.push_back(number_of(x));
  return result;
}

std::vector<std::uint64_t> numbers_in(const std::optional<outgoing_body>& x) {
  if (!x)
    return {};
  auto messages = decode_messages(bytes{x->content}, node_1, node_2);
  CAF_REQUIRE(messages.ok());
  return numbers(*messages);
}

using list = std::vector<std::uint64_t>;

/// Two ends of one link.
struct pair_of_sessions {
  explicit pair_of_sessions(const session_limits& limits = {})
    : one{"c", node_1, node_2, limits},
      two{"c", node_2, node_1, limits} {
    one.begin(5);
    two.begin(5);
  }

  frame data(const raft_message& x) {
    std::string body;
    encode_message(body, x);
    return one.make_frame(frame_kind::data, {std::move(body), 0, 0});
  }

  frame_verdict take(const frame& x) {
    return two.take(x, taken);
  }

  link_session one;
  link_session two;
  std::vector<raft_message> taken;
};

} // namespace

// -- outbox ---------------------------------------------------------------------------------------------------------

CAF_TEST(messages leave in one body and in the order in which they came) {
  outbox box{{}};
  box.push(make_append(1, "a"));
  box.push(make_heartbeat(2));
  box.push(make_append(3, "b"));
  CAF_CHECK(numbers_in(box.next(true, true)) == (list{1, 2, 3}));
  CAF_CHECK(box.empty());
  CAF_CHECK_EQUAL(box.queued_bytes(), 0u);
}

CAF_TEST(control messages go ahead of entries that the window holds back) {
  outbox box{{}};
  box.push(make_append(1, "a"));
  box.push(make_heartbeat(2));
  CAF_CHECK(numbers_in(box.next(false, true)) == list{2});
  CAF_CHECK(!box.next(false, true));
  CAF_CHECK(numbers_in(box.next(true, true)) == list{1});
}

CAF_TEST(control messages go ahead of entries that fill more than one body) {
  outbox_limits limits;
  limits.frame_bytes_max = 1000;
  outbox box{limits};
  for (std::uint64_t i = 1; i <= 4; ++i)
    box.push(make_append(i, std::string(500, 'x')));
  box.push(make_heartbeat(5));
  CAF_CHECK(numbers_in(box.next(true, true)) == (list{5, 1}));
  CAF_CHECK(numbers_in(box.next(true, true)) == list{2});
}

CAF_TEST(gossip goes ahead of entries and calls that the window holds back) {
  outbox box{{}};
  box.push(make_append(1, "a"));
  box.push({partition_id{}, node_1, node_2, {}, node_call{2, bytes{"call"}}});
  box.push({partition_id{}, node_1, node_2, {}, node_gossip{bytes{"ping"}}});
  auto first = box.next(false, true);
  CAF_REQUIRE(first);
  auto messages = decode_messages(bytes{std::move(first->content)}, node_1, node_2);
  CAF_REQUIRE(messages);
  CAF_REQUIRE_EQUAL(messages->size(), 1u);
  CAF_CHECK(messages->front().body == raft_message_body{node_gossip{bytes{"ping"}}});
  CAF_CHECK(!box.next(false, true));
}

CAF_TEST(nothing leaves when neither kind may) {
  outbox box{{}};
  box.push(make_heartbeat(1));
  CAF_CHECK(!box.next(false, false));
  CAF_CHECK(!box.next(true, false));
  CAF_CHECK(numbers_in(box.next(false, true)) == list{1});
}

CAF_TEST(what does not fit into a queue is dropped and counted) {
  outbox_limits limits;
  limits.queue_bytes_max = 1000;
  limits.control_bytes_max = 200;
  outbox box{limits};
  for (std::uint64_t i = 1; i <= 3; ++i)
    box.push(make_append(i, std::string(300, 'x')));
  CAF_CHECK_EQUAL(box.dropped(), 1u);
  for (std::uint64_t i = 4; i <= 7; ++i)
    box.push(make_heartbeat(i));
  CAF_CHECK_EQUAL(box.dropped(), 2u);
  CAF_CHECK_LESS_OR_EQUAL(box.queued_bytes(), 1200u);
  CAF_CHECK(numbers_in(box.next(true, true)) == (list{1, 2, 4, 5, 6}));
}

CAF_TEST(a message larger than all its frames may be is dropped and counted) {
  outbox_limits limits;
  limits.message_bytes_max = 1000;
  outbox box{limits};
  box.push(make_append(1, std::string(1000, 'x')));
  CAF_CHECK_EQUAL(box.dropped(), 1u);
  CAF_CHECK(box.empty());
}

CAF_TEST(a message larger than a frame leaves in parts and control messages go between them) {
  outbox_limits limits;
  limits.frame_bytes_max = 1000;
  outbox box{limits};
  box.push(make_append(1, std::string(2500, 'x')));
  box.push(make_append(2, "after"));
  auto first = box.next(true, true);
  CAF_REQUIRE(first);
  CAF_CHECK_EQUAL(first->content.size(), 1000u);
  CAF_CHECK_EQUAL(first->fragment_offset, 0u);
  box.push(make_heartbeat(3));
  auto between = box.next(true, true);
  CAF_REQUIRE(between);
  CAF_CHECK_EQUAL(between->fragment_total, 0u);
  CAF_CHECK(numbers_in(between) == list{3});
  auto second = box.next(true, true);
  auto third = box.next(true, true);
  CAF_REQUIRE(second && third);
  CAF_CHECK_EQUAL(second->fragment_offset, 1000u);
  CAF_CHECK_EQUAL(third->fragment_offset, 2000u);
  CAF_CHECK_EQUAL(third->fragment_total, 2000 + third->content.size());
  CAF_CHECK(numbers_in(outgoing_body{first->content + second->content + third->content, 0, 0}) == list{1});
  CAF_CHECK(numbers_in(box.next(true, true)) == list{2});
}

CAF_TEST(no more messages go into a body than a receiver takes) {
  outbox box{{}};
  for (std::uint64_t i = 1; i <= messages_per_body_max + 1; ++i)
    box.push({partition_id{1}, node_1, node_2, raft_term{1}, timeout_now{}});
  CAF_CHECK_EQUAL(numbers_in(box.next(true, true)).size(), messages_per_body_max);
  CAF_CHECK_EQUAL(numbers_in(box.next(true, true)).size(), 1u);
}

CAF_TEST(clearing forgets half of a message and counts what waited) {
  outbox_limits limits;
  limits.frame_bytes_max = 1000;
  outbox box{limits};
  box.push(make_append(1, std::string(2500, 'x')));
  box.push(make_heartbeat(2));
  CAF_CHECK(numbers_in(box.next(true, true)) == list{2});
  CAF_REQUIRE(box.next(true, true));
  box.push(make_append(3, "x"));
  box.clear();
  CAF_CHECK(box.empty());
  CAF_CHECK_EQUAL(box.dropped(), 2u);
  CAF_CHECK(!box.next(true, true));
}

// -- session --------------------------------------------------------------------------------------------------------

CAF_TEST(frames are taken in order and once) {
  pair_of_sessions link;
  auto first = link.data(make_append(1, "a"));
  auto second = link.data(make_append(2, "b"));
  CAF_CHECK(link.take(first) == frame_verdict::taken);
  CAF_CHECK(link.take(first) == frame_verdict::ignored);
  CAF_CHECK(link.take(second) == frame_verdict::taken);
  CAF_CHECK(numbers(link.taken) == (list{1, 2}));
}

CAF_TEST(a frame that is missing breaks the connection) {
  pair_of_sessions link;
  link.data(make_append(1, "a"));
  CAF_CHECK(link.take(link.data(make_append(2, "b"))) == frame_verdict::violation);
  CAF_CHECK(!link.two.complaint().empty());
  CAF_CHECK(link.taken.empty());
}

CAF_TEST(frames of an earlier connection are ignored) {
  pair_of_sessions link;
  auto old = link.data(make_append(1, "a"));
  link.two.begin(6);
  CAF_CHECK(link.take(old) == frame_verdict::ignored);
  CAF_CHECK(link.taken.empty());
}

CAF_TEST(the window closes with what is not confirmed and opens with a confirmation) {
  session_limits limits;
  limits.window_bytes = 1000;
  limits.control_bytes = 1000;
  pair_of_sessions link{limits};
  std::vector<frame> frames;
  while (link.one.entries_may_leave())
    frames.push_back(link.data(make_append(1, std::string(300, 'x'))));
  CAF_CHECK(link.one.control_may_leave());
  CAF_CHECK_GREATER_OR_EQUAL(link.one.unacked(), 1000u);
  for (const auto& x : frames)
    CAF_CHECK(link.take(x) == frame_verdict::taken);
  CAF_CHECK(link.two.ack_is_urgent());
  std::vector<raft_message> none;
  CAF_CHECK(link.one.take(link.two.make_frame(frame_kind::ack), none) == frame_verdict::taken);
  CAF_CHECK(link.one.entries_may_leave());
  CAF_CHECK_EQUAL(link.one.unacked(), 0u);
  CAF_CHECK(!link.two.ack_is_owed());
}

CAF_TEST(a confirmation of more than was sent breaks the connection) {
  pair_of_sessions link;
  auto x = link.two.make_frame(frame_kind::ack);
  x.acked = 1;
  std::vector<raft_message> none;
  CAF_CHECK(link.one.take(x, none) == frame_verdict::violation);
}

CAF_TEST(parts of a large message are put together) {
  session_limits limits;
  limits.frame_bytes_max = 1000;
  pair_of_sessions link{limits};
  outbox_limits box_limits;
  box_limits.frame_bytes_max = 1000;
  outbox box{box_limits};
  box.push(make_append(1, std::string(5000, 'x')));
  auto frames = 0;
  while (auto body = box.next(true, true)) {
    CAF_CHECK(link.taken.empty());
    CAF_CHECK(link.take(link.one.make_frame(frame_kind::fragment, std::move(*body))) == frame_verdict::taken);
    ++frames;
  }
  CAF_CHECK_EQUAL(frames, 6);
  CAF_REQUIRE_EQUAL(link.taken.size(), 1u);
  CAF_CHECK(link.taken.front() == make_append(1, std::string(5000, 'x')));
}

CAF_TEST(a part of a message that is too large breaks the connection) {
  session_limits limits;
  limits.message_bytes_max = 5000;
  pair_of_sessions link{limits};
  CAF_CHECK(link.take(link.one.make_frame(frame_kind::fragment, {"x", 0, 5001})) == frame_verdict::violation);
}

CAF_TEST(a part at the wrong place breaks the connection) {
  pair_of_sessions link;
  CAF_CHECK(link.take(link.one.make_frame(frame_kind::fragment, {"x", 0, 3})) == frame_verdict::taken);
  CAF_CHECK(link.take(link.one.make_frame(frame_kind::fragment, {"x", 2, 3})) == frame_verdict::violation);
}

CAF_TEST(a body that is larger than a frame breaks the connection) {
  session_limits limits;
  limits.frame_bytes_max = 100;
  pair_of_sessions link{limits};
  CAF_CHECK(link.take(link.data(make_append(1, std::string(200, 'x')))) == frame_verdict::violation);
}

CAF_TEST(a body that cannot be read breaks the connection) {
  pair_of_sessions link;
  CAF_CHECK(link.take(link.one.make_frame(frame_kind::data, {"\x01\x63", 0, 0})) == frame_verdict::violation);
  CAF_CHECK_NOT_EQUAL(link.two.complaint().find("kind 99"), std::string::npos);
}
