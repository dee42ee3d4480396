// A snapshot's bytes on their way from one state machine to another one.
#define CAF_SUITE snapshot_stream
#include <caf/test/unit_test.hpp>

#include "actors/partition/snapshot_stream.hpp"

using namespace kommander;

namespace {

constexpr node_id peer{7};

/// A machine that exports `content` in parts of its own choice; the cursor is where it goes on.
class exporting_machine {
public:
  std::string content;
  std::size_t questions = 0;

  snapshot_export::answer operator()(const snapshot_export::question& x) {
    ++questions;
    auto from = x.cursor.empty() ? 0 : std::stoul(std::string{x.cursor.view()});
    auto n = std::min(x.bytes_max, content.size() - from);
    auto end = from + n;
    return {bytes::copy(content.substr(from, n)), bytes::copy(std::to_string(end)), end == content.size()};
  }
};

struct sent {
  std::vector<snapshot_chunk_input> chunks;
  std::string data;
};

/// Asks as the core does, until all has come.
sent send_all(snapshot_export& from, exporting_machine& machine, const bytes& state, std::size_t bytes_max,
              snapshot_session session = 1) {
  sent result;
  while (result.chunks.empty() || !result.chunks.back().last) {
    from.read({peer, session, result.data.size(), bytes_max});
    if (from.wants_begin())
      from.begin(log_index{20}, state);
    for (;;) {
      auto questions = from.take_questions();
      if (questions.empty())
        break;
      CAF_REQUIRE_EQUAL(questions.size(), 1u);
      CAF_REQUIRE_EQUAL(questions[0].index.value(), 20u);
      from.answered(peer, session, machine(questions[0]));
    }
    auto chunks = from.take_chunks();
    CAF_REQUIRE_EQUAL(chunks.size(), 1u);
    CAF_REQUIRE_EQUAL(chunks[0].offset, result.data.size());
    CAF_REQUIRE(chunks[0].data.size() <= bytes_max);
    CAF_REQUIRE(chunks[0].last || !chunks[0].data.empty());
    CAF_REQUIRE_EQUAL(chunks[0].index.value(), 20u);
    result.data.append(chunks[0].data.view());
    result.chunks.push_back(std::move(chunks[0]));
  }
  return result;
}

/// What a follower's machine is given, and the library's state, of a stream.
struct taken {
  std::string machine;
  bytes state;
  bool complete = false;
};

taken take_all(snapshot_import& into, const sent& x) {
  taken result;
  for (const auto& chunk : x.chunks) {
    auto decision = into.take({1, {log_index{20}, raft_term{2}}, chunk.offset, chunk.data, chunk.last});
    CAF_REQUIRE(decision.what != snapshot_import::outcome::refused);
    if (decision.what == snapshot_import::outcome::stored)
      continue;
    CAF_REQUIRE_EQUAL(decision.to_machine.offset, result.machine.size());
    CAF_REQUIRE(!result.complete);
    result.machine.append(decision.to_machine.data.view());
    result.complete = decision.to_machine.last;
  }
  result.state = into.state();
  return result;
}

snapshot_write part(std::uint64_t offset, const std::string& data, bool last, snapshot_session session = 1) {
  return {session, {log_index{20}, raft_term{2}}, offset, bytes::copy(data), last};
}

const std::string empty_head(4, '\0');

} // namespace

CAF_TEST(both states arrive as they were whatever the sizes) {
  for (std::size_t state_size : {0, 1, 5, 100})
    for (std::size_t machine_size : {0, 1, 7, 200})
      for (std::size_t bytes_max : {1, 3, 4, 64, 1000}) {
        bytes state{std::string(state_size, 's')};
        exporting_machine machine;
        for (std::size_t i = 0; i < machine_size; ++i)
          machine.content.push_back(static_cast<char>('a' + i % 26));
        snapshot_export from;
        auto stream = send_all(from, machine, state, bytes_max);
        CAF_REQUIRE_EQUAL(stream.data.size(), 4 + state_size + machine_size);
        snapshot_import into;
        auto arrived = take_all(into, stream);
        CAF_REQUIRE(arrived.complete);
        CAF_REQUIRE_EQUAL(arrived.machine, machine.content);
        CAF_REQUIRE(arrived.state == state);
        CAF_REQUIRE_EQUAL(into.index().value(), 20u);
      }
}

CAF_TEST(the machine is asked at the moment at which the other state is captured) {
  snapshot_export from;
  from.read({peer, 1, 0, 10});
  CAF_CHECK(from.wants_begin());
  CAF_CHECK(from.take_questions().empty());
  from.begin(log_index{20}, bytes{std::string(1000, 's')}); // would do for a hundred parts without the machine
  CAF_CHECK(!from.wants_begin());
  auto questions = from.take_questions();
  CAF_REQUIRE_EQUAL(questions.size(), 1u);
  CAF_CHECK(questions[0].cursor.empty());
  CAF_CHECK(from.take_chunks().empty());
  from.answered(peer, 1, {bytes{"x"}, bytes{"1"}, true});
  CAF_CHECK_EQUAL(from.take_chunks().size(), 1u);
}

CAF_TEST(a large state is not held as a whole) {
  exporting_machine machine;
  machine.content.assign(100'000, 'm');
  snapshot_export from;
  std::size_t most = 0;
  for (std::uint64_t offset = 0;;) {
    from.read({peer, 1, offset, 1000});
    if (from.wants_begin())
      from.begin(log_index{20}, bytes{"state"});
    for (auto& x : from.take_questions())
      from.answered(peer, 1, machine(x));
    most = std::max(most, from.buffered());
    auto chunks = from.take_chunks();
    CAF_REQUIRE_EQUAL(chunks.size(), 1u);
    offset += chunks[0].data.size();
    CAF_CHECK_EQUAL(from.sent_to(peer).value_or(0), offset);
    if (chunks[0].last)
      break;
  }
  CAF_CHECK(most < 2100);
}

CAF_TEST(a machine that fails or would be asked for ever makes the session unavailable) {
  auto failures_after = [](auto what) {
    snapshot_export from;
    from.read({peer, 3, 0, 10});
    from.begin(log_index{20}, bytes{"state"});
    from.take_questions();
    what(from);
    CAF_CHECK(from.take_chunks().empty());
    auto failures = from.take_failures();
    CAF_CHECK(failures.empty() || (failures[0].peer == peer && failures[0].session == 3));
    return failures.size();
  };
  CAF_CHECK_EQUAL(failures_after([](auto& x) { x.failed(peer, 3); }), 1u);
  CAF_CHECK_EQUAL(failures_after([](auto& x) { x.answered(peer, 3, {{}, bytes{"c"}, false}); }), 1u);
  CAF_CHECK_EQUAL(failures_after([](auto& x) { x.answered(peer, 3, {bytes{"d"}, {}, false}); }), 1u);
  CAF_CHECK_EQUAL(failures_after([](auto& x) { x.read({peer, 3, 5, 10}); }), 1u); // what was never sent
  CAF_CHECK_EQUAL(failures_after([](auto& x) {
                    x.close(peer, 3);
                    x.failed(peer, 3);
                    x.answered(peer, 3, {bytes{"d"}, {}, true});
                  }),
                  0u); // the session is over
}

CAF_TEST(the machine hears of the end only of a session that it knows) {
  snapshot_export from;
  from.read({peer, 1, 0, 10});
  CAF_CHECK(!from.close(peer, 1));
  from.read({peer, 2, 0, 10});
  from.begin(log_index{20}, bytes{});
  CAF_CHECK(from.close(peer, 2));
  CAF_CHECK(!from.close(peer, 2));
  CAF_CHECK(!from.sent_to(peer));
}

CAF_TEST(a new session replaces the one before) {
  snapshot_import into;
  CAF_CHECK(into.take(part(0, empty_head + "old", false)).what == snapshot_import::outcome::passed);
  CAF_CHECK(into.reached_machine());
  CAF_CHECK(into.take(part(0, empty_head.substr(0, 2), false, 2)).what == snapshot_import::outcome::stored);
  CAF_CHECK_EQUAL(into.session(), 2u);
  CAF_CHECK(!into.reached_machine());
  CAF_CHECK(into.take(part(7, "more", false, 1)).what == snapshot_import::outcome::refused);
  auto next = into.take(part(2, empty_head.substr(2) + "new", true, 2));
  CAF_CHECK(next.what == snapshot_import::outcome::passed);
  CAF_CHECK_EQUAL(next.to_machine.offset, 0u);
  CAF_CHECK(next.to_machine.last);
}

CAF_TEST(a stream that ends before the state does is refused) {
  std::string head{"\5\0\0\0", 4};
  for (const auto& whole : {std::string{}, std::string{"\5"}, head, head + "four"}) {
    snapshot_import into;
    CAF_CHECK(into.take(part(0, whole, true)).what == snapshot_import::outcome::refused);
  }
  snapshot_import into;
  auto whole = into.take(part(0, head + "fives", true)); // an empty machine
  CAF_CHECK(whole.what == snapshot_import::outcome::passed);
  CAF_CHECK(whole.to_machine.last);
  CAF_CHECK(into.state() == bytes{"fives"});
}
