// Bounds of the core that keep memory small while a disk or a peer is slow, and what a stalled disk does to elections.
#define CAF_SUITE raft_core

#include "tests/core/core_owner.hpp"

using namespace kommander;
using namespace kommander::core_tests;

namespace {

raft_message from_leader(raft_message_body body) {
  return {partition_id{7}, node_id{2}, node_id{1}, raft_term{1}, std::move(body)};
}

entry entry_at(std::uint64_t index, std::size_t size) {
  return {log_index{index}, raft_term{1}, {index, 0}, entry_kind::command, {}, bytes{std::string(size, 'x')}};
}

} // namespace

CAF_TEST(a leader keeps no more than its cache for a follower that is gone) {
  auto options = options_for({1, 2, 3});
  options.log_cache_bytes_max = 64 << 10;
  owner x{options};
  x.lead();
  constexpr std::uint64_t proposals = 100'000;
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= proposals; ++i) {
    x.core.step(
      proposal(i, {"128 bytes 128 bytes 128 bytes 128 bytes 128 bytes 128 bytes 128 bytes 128 bytes 128 byte"}));
    x.carry_out();
    x.receive(2, 1, append_reply{false, x.core.log().last(), {}, {}}); // node 3 never answers
    x.carry_out();
    x.replies.clear();
    x.applied.clear();
    most = std::max(most, x.core.log().memory_bytes());
  }
  CAF_CHECK_EQUAL(x.core.commit_index(), log_index{proposals + 1});
  CAF_CHECK(most <= options.log_cache_bytes_max + 4096);
  const auto& peer = std::get<leader>(x.core.role()).peers.at(node_id{3});
  CAF_CHECK(peer.inflight_messages() <= options.inflight_messages_max);
  CAF_CHECK(peer.inflight_bytes() <= options.inflight_bytes_max + options.append_bytes_max);
}

CAF_TEST(a follower has no more under way to its disk than its bound and one append) {
  for (auto by_bytes : {false, true}) {
    auto options = options_for({1, 2, 3});
    (by_bytes ? options.wal_queue_bytes_max : options.wal_queue_entries_max) = by_bytes ? 10'000 : 10;
    owner x{options};
    log_position previous;
    std::size_t refused = 0;
    for (std::uint64_t i = 1; i <= 100; ++i) {
      x.core.step(from_leader(append_request{previous, {}, {entry_at(i, 900)}}));
      if (x.core.log().last() == log_index{i})
        previous = {log_index{i}, raft_term{1}};
      for (const auto& message : x.core.take_output().messages) // the disk writes nothing
        if (const auto* reply = std::get_if<append_reply>(&message.body)) {
          CAF_CHECK(reply->saturated && reply->rejected);
          ++refused;
        }
      if (x.core.log().last() < log_index{i})
        break;
    }
    CAF_CHECK(refused == 0 || x.core.backlog().entries <= 11u);
    CAF_CHECK(x.core.backlog().entries >= 9u && x.core.backlog().entries <= 11u);
    CAF_CHECK(x.core.backlog().bytes <= 12'000u);
  }
}

CAF_TEST(a follower says that it is saturated until half of its bound is free) {
  auto options = options_for({1, 2, 3});
  options.wal_queue_entries_max = 4;
  owner x{options};
  std::vector<write_sequence> writes;
  auto says_saturated = [&] {
    x.core.step(from_leader(heartbeat{}));
    auto out = x.core.take_output();
    if (out.needs_write())
      writes.push_back(out.write);
    for (const auto& message : out.messages)
      if (const auto* reply = std::get_if<heartbeat_reply>(&message.body))
        return reply->saturated;
    CAF_FAIL("a heartbeat is answered");
    return false;
  };
  x.core.step(from_leader(heartbeat{})); // the term becomes durable
  x.carry_out();
  for (std::uint64_t i = 1; i <= 4; ++i) {
    x.core.step(from_leader(append_request{{log_index{i - 1}, raft_term{i > 1 ? 1u : 0u}}, {}, {entry_at(i, 10)}}));
    CAF_CHECK(!says_saturated()); // nothing was refused so far
  }
  x.core.step(from_leader(append_request{{log_index{4}, raft_term{1}}, {}, {entry_at(5, 10)}}));
  CAF_CHECK_EQUAL(x.core.log().last(), log_index{4});
  CAF_CHECK(says_saturated());
  x.core.step(durable_input{writes.at(0)});
  x.core.step(durable_input{writes.at(1)});
  CAF_CHECK(says_saturated());
  x.core.step(durable_input{writes.at(2)});
  CAF_CHECK(!says_saturated());
}

CAF_TEST(a saturated peer gets no entries and its refusal commits nothing) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  auto term = x.core.current_term().value();
  auto before = x.core.commit_index();
  x.core.step(proposal(1, {"a"}));
  CAF_CHECK_EQUAL(appends_to(2, x.carry_out()).size(), 1u);
  for (auto peer : {2, 3})
    x.receive(static_cast<std::uint64_t>(peer), term,
              append_reply{true, x.core.log().last(), {}, x.core.log().last(), true});
  x.core.step(proposal(2, {"b"}));
  auto sent = x.carry_out();
  CAF_CHECK(appends_to(2, sent).empty() && appends_to(3, sent).empty());
  CAF_CHECK_EQUAL(x.core.commit_index(), before);
  x.advance(milliseconds{100});
  auto beats = x.carry_out();
  CAF_CHECK_EQUAL(std::ranges::count_if(beats, [](const auto& m) { return std::holds_alternative<heartbeat>(m.body); }),
                  2);
  x.receive(2, term, heartbeat_reply{1, false, true});
  CAF_CHECK(appends_to(2, x.carry_out()).empty());
  x.receive(2, term, heartbeat_reply{1, false, false});
  auto again = appends_to(2, x.carry_out());
  CAF_REQUIRE_EQUAL(again.size(), 1u);
  CAF_CHECK_EQUAL(again[0].entries.front().index, before + 1); // from what it acknowledged
}

CAF_TEST(a node with a stalled disk votes but campaigns only after several time outs without a leader) {
  auto options = options_for({1, 2, 3});
  owner x{options};
  x.core.step(disk_input{true});
  x.advance(4 * options.election_timeout_max - milliseconds{50});
  CAF_CHECK(x.carry_out().empty());
  x.receive(2, 1, vote_request{false, false, {}});
  auto votes = x.carry_out();
  CAF_REQUIRE_EQUAL(votes.size(), 1u);
  CAF_CHECK(std::get<vote_reply>(votes[0].body).granted);
  x.advance(2 * options.election_timeout_max);
  auto asked = x.carry_out();
  CAF_CHECK(std::ranges::any_of(asked, [](const auto& m) { return std::holds_alternative<vote_request>(m.body); }));
}

CAF_TEST(a candidacy of before the stall does not win) {
  owner x{options_for({1, 2, 3})};
  while (x.core.role().index() != 2) { // a candidate
    x.advance(milliseconds{50});
    for (const auto& m : x.carry_out())
      if (const auto* request = std::get_if<vote_request>(&m.body); request != nullptr && request->pre_vote)
        x.receive(m.to.value(), m.term.value(), vote_reply{true, true});
  }
  x.carry_out();
  x.core.step(disk_input{true});
  x.receive(2, x.core.current_term().value(), vote_reply{false, true});
  CAF_CHECK(!x.core.is_leader());
}
