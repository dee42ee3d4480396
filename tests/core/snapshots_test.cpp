// The sessions in which snapshots are sent and received, and what they mean for a core's log.
#define CAF_SUITE snapshots
#include <caf/test/unit_test.hpp>

#include "actors/partition/snapshot_receiver.hpp"
#include "actors/partition/snapshot_sender.hpp"
#include "tests/core/core_owner.hpp"

using namespace kommander;
using namespace kommander::core_tests;
using std::chrono::seconds;

namespace {

constexpr node_id peer{2}, other{3}, third{4};

snapshot_limits small_limits() {
  snapshot_limits x;
  x.sessions_max = 2;
  x.chunk_bytes = 4;
  x.bytes_max = 10;
  x.step_timeout = seconds{10};
  return x;
}

struct sending {
  snapshot_sender sender{small_limits()};
  instant now{0};
  snapshot_sender::head head{{log_index{9}, raft_term{2}}, {}, {}};

  snapshot_chunk_input part(const snapshot_read& asked, const char* data, bool last = false) {
    return {asked.peer, asked.session, head.position.index, asked.offset, bytes{data}, last};
  }
};

struct receiving {
  snapshot_receiver receiver{small_limits()};
  instant now{0};
  std::uint64_t digest = 0;

  /// The chunk that follows those made before it.
  snapshot_chunk chunk(std::uint64_t offset, const char* data, bool last = false) {
    snapshot_chunk x;
    x.session = 5;
    x.position = {log_index{9}, raft_term{2}};
    x.offset = offset;
    x.data = bytes{data};
    x.last = last;
    digest = x.digest = chain_digest(offset == 0 ? 0 : digest, x);
    return x;
  }

  /// Takes and stores a chunk; returns the offset that is wanted then.
  std::uint64_t take(const snapshot_chunk& x) {
    auto decision = receiver.take(peer, x, now);
    CAF_REQUIRE(decision.write.has_value());
    auto reply = receiver.stored({decision.write->session, x.offset + x.data.size()}, now);
    return reply ? reply->offset : 0;
  }
};

/// The chunk with each thing changed that it says of its snapshot.
std::vector<snapshot_chunk> all_altered(const snapshot_chunk& good) {
  std::vector<snapshot_chunk> all(6, good);
  all[0].position.index = good.position.index + 1;
  all[1].position.term = good.position.term - 1;
  all[2].configuration_index = good.configuration_index + 1;
  all[3].configuration = encode(group_configuration::of({node_id{1}, node_id{2}}));
  all[4].offset = good.offset + 1;
  all[5].last = !good.last;
  return all;
}

} // namespace

CAF_TEST(the digest tells parts that are missing changed or out of order) {
  auto chain = [](std::initializer_list<const char*> parts) {
    std::uint64_t digest = 0;
    for (const auto* x : parts) {
      snapshot_chunk chunk;
      chunk.data = bytes{x};
      digest = chain_digest(digest, chunk);
    }
    return digest;
  };
  CAF_CHECK_EQUAL(chain({"ab", "cd", "ef"}), chain({"ab", "cd", "ef"}));
  CAF_CHECK(chain({"ab", "cd", "ef"}) != chain({"ab", "ef", "cd"}));
  CAF_CHECK(chain({"ab", "cd", "ef"}) != chain({"ab", "ef"}));
  CAF_CHECK(chain({"ab", "cd", "ef"}) != chain({"ab", "cD", "ef"}));
}

CAF_TEST(the digest tells what a chunk says of the snapshot) {
  snapshot_chunk good;
  good.position = {log_index{9}, raft_term{2}};
  good.configuration_index = log_index{3};
  good.configuration = encode(group_configuration::of({node_id{1}}));
  good.data = bytes{"ab"};
  auto digest = chain_digest(0, good);
  for (const auto& x : all_altered(good))
    CAF_CHECK(chain_digest(0, x) != digest);
  auto of_another_session = good;
  of_another_session.session = 8; // its sender's own affair
  CAF_CHECK_EQUAL(chain_digest(0, of_another_session), digest);
}

// -- sending ------------------------------------------------------------------------------------------------------

CAF_TEST_FIXTURE_SCOPE(sender_tests, sending)

CAF_TEST(a session goes on when the peer asks for what follows) {
  auto first = sender.open(peer, now);
  CAF_REQUIRE(first.has_value());
  CAF_CHECK(!sender.open(peer, now)); // it has one
  CAF_CHECK(sender.unanswered(peer) == nullptr);
  CAF_REQUIRE(sender.expects(part(*first, "abcd")));
  auto before = sender.take(part(*first, "abcd"), head, now).digest;
  CAF_CHECK(!sender.expects(part(*first, "abcd"))); // it was taken
  CAF_REQUIRE(sender.unanswered(peer) != nullptr);
  CAF_CHECK(!sender.wanted(peer, first->session, 2, now));     // nobody asked for that
  CAF_CHECK(!sender.wanted(peer, first->session + 1, 4, now)); // of another session
  auto second = sender.wanted(peer, first->session, 4, now);
  CAF_REQUIRE(second.has_value());
  CAF_CHECK_EQUAL(second->offset, 4u);
  CAF_CHECK(!sender.wanted(peer, first->session, 4, now)); // the same answer once more
  const auto& last = sender.take(part(*second, "e", true), head, now);
  CAF_CHECK(last.last);
  CAF_CHECK_EQUAL(last.digest, chain_digest(before, last));
  CAF_CHECK(!sender.wanted(peer, first->session, 5, now)); // nothing follows
}

CAF_TEST(what is not as it was asked for does not fit) {
  auto first = *sender.open(peer, now);
  CAF_CHECK(!sender.fits(part(first, "abcde"))); // too long
  CAF_CHECK(!sender.fits(part(first, "")));      // nothing, and not the end
  CAF_CHECK(sender.fits(part(first, "", true)));
  sender.take(part(first, "abcd"), head, now);
  auto second = part(*sender.wanted(peer, first.session, 4, now), "ef");
  CAF_CHECK(sender.fits(second));
  second.index = log_index{10};
  CAF_CHECK(!sender.fits(second)); // of another state
}

CAF_TEST(a peer that begins anew gets a new session) {
  auto first = *sender.open(peer, now);
  sender.take(part(first, "abcd"), head, now);
  sender.take(part(*sender.wanted(peer, first.session, 4, now), "efgh"), head, now);
  CAF_CHECK(!sender.wanted(peer, first.session, 0, now));
  CAF_CHECK(sender.take_closed() == (std::vector<snapshot_close>{{peer, first.session}}));
  auto again = sender.open(peer, now);
  CAF_REQUIRE(again.has_value());
  CAF_CHECK(again->session > first.session);
}

CAF_TEST(sessions are bounded in number and in time) {
  CAF_CHECK(sender.open(peer, now));
  CAF_CHECK(sender.open(other, now));
  CAF_CHECK(!sender.open(third, now));
  sender.expire(seconds{9});
  CAF_CHECK_EQUAL(sender.size(), 2u);
  sender.expire(seconds{10});
  CAF_CHECK_EQUAL(sender.size(), 0u);
  CAF_CHECK_EQUAL(sender.take_closed().size(), 2u);
  CAF_CHECK(sender.open(third, seconds{10}));
}

CAF_TEST(a session that failed is not repeated at once) {
  sender.open(peer, now);
  sender.fail(peer, now);
  CAF_CHECK(!sender.open(peer, seconds{9}));
  CAF_CHECK(sender.open(other, seconds{9}));
  CAF_CHECK(sender.open(peer, seconds{10}));
}

CAF_TEST(the lowest position of a snapshot holds up compaction) {
  auto first = *sender.open(peer, now);
  CAF_CHECK_EQUAL(sender.lowest_position(log_index{20}), log_index{20}); // it is not known yet
  sender.take(part(first, "abcd"), head, now);
  CAF_CHECK_EQUAL(sender.lowest_position(log_index{20}), log_index{9});
  CAF_CHECK_EQUAL(sender.lowest_position(log_index{5}), log_index{5});
  sender.close(peer);
  CAF_CHECK_EQUAL(sender.lowest_position(log_index{20}), log_index{20});
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- receiving ----------------------------------------------------------------------------------------------------

CAF_TEST_FIXTURE_SCOPE(receiver_tests, receiving)

CAF_TEST(chunks are stored in order and each is asked for when the one before is stored) {
  CAF_CHECK_EQUAL(take(chunk(0, "abcd")), 4u);
  auto second = receiver.take(peer, chunk(4, "ef"), now);
  CAF_REQUIRE(second.write.has_value());
  CAF_CHECK(!second.reply);
  auto again = receiver.take(peer, chunk(4, "ef"), now);
  CAF_CHECK(!again.write && !again.reply); // the answer comes when it is stored
  auto reply = receiver.stored({second.write->session, 6}, now);
  CAF_REQUIRE(reply.has_value());
  CAF_CHECK(*reply == (snapshot_reply{5, snapshot_answer::wants, 6, {}}));
  CAF_CHECK(!receiver.stored({second.write->session, 6}, now));
}

CAF_TEST(a chunk that is not the next one is answered with what is) {
  auto early = receiver.take(peer, chunk(4, "ef"), now);
  CAF_REQUIRE(early.reply.has_value());
  CAF_CHECK_EQUAL(early.reply->offset, 0u);
  CAF_CHECK_EQUAL(receiver.number(), 0u);
  take(chunk(0, "abcd"));
  for (auto offset : {0u, 8u}) {
    auto wrong = receiver.take(peer, chunk(offset, "x"), now);
    CAF_CHECK(!wrong.write);
    CAF_REQUIRE(wrong.reply.has_value());
    CAF_CHECK_EQUAL(wrong.reply->offset, 4u);
  }
}

CAF_TEST(a chunk whose digest is wrong ends the session) {
  take(chunk(0, "abcd"));
  auto bad = chunk(4, "ef");
  bad.data = bytes{"eF"};
  auto decision = receiver.take(peer, bad, now);
  CAF_CHECK(!decision.write);
  CAF_REQUIRE(decision.reply.has_value());
  CAF_CHECK_EQUAL(decision.reply->offset, 0u);
  CAF_CHECK(receiver.take_closed().has_value());
  CAF_CHECK_EQUAL(receiver.number(), 0u);
}

CAF_TEST(an altered position or configuration ends the session) {
  auto good = chunk(0, "ab");
  good.configuration_index = log_index{3};
  good.configuration = encode(group_configuration::of({node_id{1}}));
  good.digest = chain_digest(0, good);
  CAF_CHECK(snapshot_receiver::begins_well(good));
  for (const auto& bad : all_altered(good)) {
    CAF_CHECK(!snapshot_receiver::begins_well(bad));
    auto decision = receiver.take(peer, bad, now);
    CAF_CHECK(!decision.write);
    CAF_REQUIRE(decision.reply.has_value());
    CAF_CHECK_EQUAL(decision.reply->offset, 0u);
    CAF_CHECK_EQUAL(receiver.number(), 0u);
  }
  take(good);
  auto end = good;
  end.offset = 2;
  end.digest = chain_digest(good.digest, end);
  end.last = true; // a snapshot that was cut short
  CAF_CHECK(!receiver.take(peer, end, now).write);
  CAF_CHECK_EQUAL(receiver.number(), 0u);
}

CAF_TEST(a snapshot that is too large is refused) {
  take(chunk(0, "abcd"));
  take(chunk(4, "efgh"));
  auto decision = receiver.take(peer, chunk(8, "ijk"), now);
  CAF_CHECK(!decision.write);
  CAF_REQUIRE(decision.reply.has_value());
  CAF_CHECK(decision.reply->answer == snapshot_answer::refused);
  CAF_CHECK_EQUAL(receiver.number(), 0u);
}

CAF_TEST(a first chunk of another leader takes the place of the running session) {
  take(chunk(0, "abcd"));
  auto old = receiver.number();
  auto decision = receiver.take(other, chunk(0, "ab"), now);
  CAF_REQUIRE(decision.write.has_value());
  CAF_CHECK(decision.write->session > old);
  CAF_CHECK(!receiver.stored({old, 2}, now)); // of the one before
}

CAF_TEST(a session without progress ends but an import does not ) {
  take(chunk(0, "abcd"));
  CAF_CHECK_EQUAL(receiver.deadline(), instant{seconds{10}});
  receiver.expire(seconds{10});
  CAF_CHECK_EQUAL(receiver.number(), 0u);
  take(chunk(0, "ab", true));
  CAF_CHECK(receiver.is_importing());
  receiver.expire(seconds{1000});
  CAF_CHECK(receiver.is_importing());
  CAF_CHECK(receiver.finish(true) == (snapshot_reply{5, snapshot_answer::installed, 0, log_index{9}}));
  CAF_CHECK(!receiver.is_importing());
}

CAF_TEST_FIXTURE_SCOPE_END()

// -- the core -----------------------------------------------------------------------------------------------------

CAF_TEST(a log compacts up to what is durable committed and applied and never within a proposal) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(proposal(1, {"a", "b", "c"}));
  x.carry_out();
  CAF_REQUIRE_EQUAL(x.core.applied_index().value(), 4u);
  x.core.step(compact_input{log_index{3}});
  auto out = x.core.take_output();
  CAF_CHECK_EQUAL(out.compact.index.value(), 1u);
  x.core.step(compact_input{log_index{9}});
  CAF_CHECK_EQUAL(x.core.take_output().compact.index.value(), 4u);
  CAF_CHECK_EQUAL(x.core.log().boundary().index.value(), 4u);
  x.core.step(compact_input{log_index{4}});
  CAF_CHECK(!x.core.has_output());
  x.core.step(proposal(2, {"d"}));
  CAF_CHECK_EQUAL(x.carry_out().size(), 0u);
  CAF_CHECK_EQUAL(x.core.applied_index().value(), 5u);
}

CAF_TEST(the boundary after an import is part of a numbered write and nothing is told before that is durable) {
  owner x{options_for({1, 2, 3})};
  x.receive(2, 3, heartbeat{});
  x.carry_out();
  snapshot_chunk chunk;
  chunk.session = 7;
  chunk.position = {log_index{9}, raft_term{2}};
  chunk.data = bytes{"state"};
  chunk.last = true;
  chunk.digest = chain_digest(0, chunk);
  x.receive(2, 3, chunk);
  auto out = x.core.take_output();
  CAF_REQUIRE_EQUAL(out.snapshot_writes.size(), 1u);
  auto session = out.snapshot_writes[0].session;
  x.core.step(snapshot_stored_input{session, 5});
  CAF_CHECK(x.core.take_output().messages.empty());
  x.core.step(snapshot_imported_input{session, true});
  out = x.core.take_output();
  CAF_REQUIRE(out.install.has_value() && out.needs_write());
  CAF_CHECK(out.messages.empty());
  CAF_CHECK(out.install->position == chunk.position && !out.install->keeps_tail);
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 9u);
  CAF_CHECK_EQUAL(x.core.applied_index().value(), 9u);
  x.receive(2, 3, chunk); // comes twice
  CAF_CHECK(x.core.take_output().messages.empty());
  x.core.step(durable_input{out.write});
  auto said = x.core.take_output().messages;
  auto told = std::count_if(said.begin(), said.end(), [](const raft_message& m) {
    return m.body == raft_message_body{snapshot_reply{7, snapshot_answer::installed, 0, log_index{9}}};
  });
  CAF_CHECK_EQUAL(told, 1);
}

CAF_TEST(what the state machine holds is committed as soon as the log is known to have it) {
  owner x{options_for({1, 2, 3}), recovered_log(5, 2), 1, log_index{2}};
  x.core.step(machine_holds_input{log_index{4}});
  x.carry_out();
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 2u); // what is above may not be what was committed
  while (!x.core.is_leader()) {
    x.advance(milliseconds{50});
    for (const auto& each : x.carry_out())
      if (const auto* request = std::get_if<vote_request>(&each.body))
        x.receive(each.to.value(), each.term.value(), vote_reply{request->pre_vote, true});
  }
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 4u);
  x.core.step(machine_holds_input{log_index{99}}); // no more than was here before this leader
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 5u);
}

CAF_TEST(an import that nobody asked for changes nothing and an incomplete one fails the core) {
  owner x{options_for({1, 2, 3})};
  x.receive(2, 3, heartbeat{});
  x.carry_out();
  x.core.step(snapshot_imported_input{1, true});
  CAF_CHECK(!x.core.has_failed());
  snapshot_chunk chunk;
  chunk.session = 7;
  chunk.position = {log_index{9}, raft_term{2}};
  chunk.data = bytes{"st"};
  chunk.digest = chain_digest(0, chunk);
  x.receive(2, 3, chunk);
  auto session = x.core.take_output().snapshot_writes.at(0).session;
  x.core.step(snapshot_imported_input{session, true});
  CAF_CHECK(x.core.has_failed());
}

CAF_TEST(a chunk that makes no sense is ignored) {
  snapshot_chunk good;
  good.session = 7;
  good.position = {log_index{9}, raft_term{2}};
  good.data = bytes{"st"};
  good.digest = chain_digest(0, good);
  auto of_the_future = good;
  of_the_future.position.term = raft_term{4};
  auto of_nothing = good;
  of_nothing.position = {};
  auto without_members = good;
  without_members.configuration_index = log_index{3};
  auto too_high = good;
  too_high.configuration_index = log_index{10};
  too_high.configuration = encode(group_configuration::of({node_id{1}}));
  for (const auto& chunk : {of_the_future, of_nothing, without_members, too_high}) {
    owner x{options_for({1, 2, 3})};
    x.receive(2, 3, heartbeat{});
    x.carry_out();
    x.receive(2, 3, chunk);
    CAF_CHECK(!x.core.has_output());
  }
}

CAF_TEST(a state machine that is ahead of its log takes no altered boundary over) {
  snapshot_chunk good;
  good.session = 7;
  good.position = {log_index{4}, raft_term{1}};
  good.data = bytes{"st"};
  good.last = true;
  good.digest = chain_digest(0, good);
  auto altered = good;
  altered.position.index = log_index{5};
  auto members = good;
  members.configuration_index = log_index{2};
  members.configuration = encode(group_configuration::of({node_id{1}}));
  auto later = good;
  later.offset = 2; // nobody here knows the digest of what came before
  raft_core core{options_for({1, 2, 3}), raft_core_start{recovered_log(3, 2), log_index{5}}};
  for (const auto& x : {altered, members, later}) {
    core.step(raft_message{partition_id{7}, node_id{2}, node_id{1}, raft_term{1}, x});
    auto out = core.take_output();
    CAF_CHECK(!out.install && out.snapshot_writes.empty());
    auto asks_anew = raft_message_body{snapshot_reply{7, snapshot_answer::wants, 0, {}}};
    CAF_CHECK(
      std::any_of(out.messages.begin(), out.messages.end(), [&](const auto& m) { return m.body == asks_anew; }));
  }
  core.step(raft_message{partition_id{7}, node_id{2}, node_id{1}, raft_term{1}, good});
  auto out = core.take_output();
  CAF_REQUIRE(out.install.has_value());
  CAF_CHECK(out.install->position == good.position);
}

CAF_TEST(a core whose state machine is ahead of its log delivers nothing twice) {
  auto options = options_for({1, 2, 3});
  raft_core core{options, raft_core_start{recovered_log(3, 2), log_index{5}}};
  CAF_CHECK_EQUAL(core.commit_index().value(), 2u);
  CAF_CHECK_EQUAL(core.applied_index().value(), 5u);
  append_request rest{{log_index{3}, raft_term{1}}, log_index{6}, {}};
  for (std::uint64_t i = 4; i <= 6; ++i)
    rest.entries.push_back({log_index{i}, raft_term{1}, {}, entry_kind::command, {}, bytes{"x"}});
  core.step(raft_message{partition_id{7}, node_id{2}, node_id{1}, raft_term{1}, rest});
  auto out = core.take_output();
  CAF_REQUIRE_EQUAL(out.apply.size(), 1u);
  CAF_CHECK_EQUAL(out.apply[0].index.value(), 6u);
}
