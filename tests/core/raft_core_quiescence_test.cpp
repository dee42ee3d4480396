// When a core falls asleep, and what wakes it: the conditions one by one. How groups do it stands in the scripts.
#define CAF_SUITE raft_core
#include "tests/core/core_owner.hpp"

#include <functional>

using namespace kommander;
using namespace kommander::core_tests;

namespace {

constexpr instant quiet = milliseconds{500};

using causes_of_waking = std::vector<std::function<void(owner&)>>;

/// What clients ask for, which wakes whoever sleeps; and `others`.
causes_of_waking clients_and(const causes_of_waking& others) {
  causes_of_waking all{
    [](owner& x) { x.core.step(proposal(1, {"a"})); },
    [](owner& x) {
      x.core.step(read_input{proposal_id{1}, read_policy::leader});
    },
    [](owner& x) {
      x.core.step(read_input{proposal_id{1}, read_policy::follower});
    },
  };
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

raft_core_options sleepy(std::initializer_list<std::uint64_t> voters) {
  auto options = options_for(voters);
  options.quiescence = true;
  options.quiesce_after = quiet;
  return options;
}

/// Answers what a leader sends: its peers are up to date, and those in `sleepers` go to sleep when they may.
void answer_all(owner& x, const std::vector<raft_message>& messages, const std::vector<std::uint64_t>& sleepers) {
  for (const auto& each : messages) {
    auto term = each.term.value();
    auto peer = each.to.value();
    if (const auto* beat = std::get_if<heartbeat>(&each.body)) {
      auto sleeps = beat->sleep && std::find(sleepers.begin(), sleepers.end(), peer) != sleepers.end();
      x.receive(peer, term, heartbeat_reply{beat->round, sleeps});
    } else if (const auto* append = std::get_if<append_request>(&each.body)) {
      x.receive(peer, term, append_reply{false, append->previous.index + append->entries.size(), {}, {}});
    }
  }
}

void run(owner& x, instant span, const std::vector<std::uint64_t>& sleepers) {
  for (instant passed{0}; passed < span; passed += milliseconds{50}) {
    x.advance(milliseconds{50});
    answer_all(x, x.carry_out(), sleepers);
  }
}

struct sleeper : owner {
  explicit sleeper(raft_core_options options = sleepy({1, 2, 3})) : owner{std::move(options)} {
    lead();
    run(*this, 4 * quiet, {2, 3});
    CAF_REQUIRE(core.is_asleep());
    carry_out();
  }
};

std::size_t count_heartbeats(const std::vector<raft_message>& messages, bool sleep) {
  return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), [sleep](const raft_message& x) {
    const auto* beat = std::get_if<heartbeat>(&x.body);
    return beat != nullptr && beat->sleep == sleep;
  }));
}

} // namespace

// -- leaders --------------------------------------------------------------------------------------------------------

CAF_TEST(a sleeping leader needs no ticks and says nothing) {
  sleeper x;
  CAF_CHECK(x.core.next_deadline() == instant::max());
  x.advance(milliseconds{60'000});
  CAF_CHECK(!x.core.has_output());
  CAF_CHECK(x.core.is_ready());
}

CAF_TEST(a core that sleeps keeps no entries in memory) {
  owner x{sleepy({1, 2, 3})};
  x.lead();
  CAF_CHECK(x.core.log().memory_bytes() > 0);
  run(x, 4 * quiet, {2, 3});
  CAF_REQUIRE(x.core.is_asleep());
  x.carry_out();
  CAF_CHECK_EQUAL(x.core.log().memory_bytes(), 0u);
}

CAF_TEST(a leader does not wish to sleep before nothing has happened for long enough) {
  owner x{sleepy({1, 2, 3})};
  x.lead();
  auto begin = x.now;
  std::size_t wishes = 0;
  for (; wishes == 0 && x.now < begin + milliseconds{5000};) {
    x.advance(milliseconds{50});
    auto messages = x.carry_out();
    wishes = count_heartbeats(messages, true);
    answer_all(x, messages, {});
    CAF_CHECK(wishes == 0 || x.now - begin >= quiet);
  }
  CAF_CHECK_EQUAL(wishes, 2u);
}

CAF_TEST(a leader sleeps only when all others do) {
  owner x{sleepy({1, 2, 3})};
  x.lead();
  run(x, 10 * quiet, {2});
  CAF_CHECK(!x.core.is_asleep());
  run(x, quiet, {2, 3});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(a leader of nobody else sleeps by itself) {
  owner x{sleepy({1})};
  x.lead();
  run(x, 2 * quiet, {});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(nobody sleeps unless the option says so) {
  auto options = sleepy({1, 2, 3});
  options.quiescence = false;
  owner x{options};
  x.lead();
  std::size_t wishes = 0;
  for (int i = 0; i < 100; ++i) {
    x.advance(milliseconds{50});
    auto messages = x.carry_out();
    wishes += count_heartbeats(messages, true);
    answer_all(x, messages, {2, 3});
  }
  CAF_CHECK_EQUAL(wishes, 0u);
  CAF_CHECK(!x.core.is_asleep());

  owner y{options, recovered_log(3, 3), 1, log_index{3}};
  y.receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 1, true});
  CAF_CHECK(!y.core.is_asleep());
}

CAF_TEST(an old heartbeat does not let a follower sleep while a snapshot is imported) {
  owner x{sleepy({1, 2, 3}), recovered_log(3, 3), 1, log_index{3}};
  x.receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 1});
  x.carry_out();
  snapshot_chunk chunk;
  chunk.session = 7;
  chunk.position = {log_index{9}, raft_term{1}};
  chunk.data = bytes{"state"};
  chunk.last = true;
  chunk.digest = chain_digest(0, chunk);
  x.receive(2, 1, chunk);
  auto out = x.core.take_output();
  CAF_REQUIRE_EQUAL(out.snapshot_writes.size(), 1u);
  auto session = out.snapshot_writes[0].session;
  x.core.step(snapshot_stored_input{session, 5});
  x.receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 1, true});
  CAF_CHECK(!x.core.is_asleep());
  CAF_CHECK(x.core.take_output().snapshot_closed.empty());
  x.core.step(snapshot_imported_input{session, true});
  CAF_CHECK(x.core.take_output().install.has_value());
  CAF_CHECK_EQUAL(x.core.applied_index().value(), 9u);
}

CAF_TEST(entries that are not applied keep a leader awake) {
  owner x{sleepy({1, 2, 3})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  log_index handed_out;
  for (int i = 0; i < 100; ++i) {
    x.advance(milliseconds{50});
    while (x.core.has_output()) {
      auto output = x.core.take_output();
      if (output.needs_write())
        x.core.step(durable_input{output.write});
      if (!output.apply.empty())
        handed_out = output.apply.back().index;
      answer_all(x, output.messages, {2, 3});
    }
  }
  CAF_REQUIRE_EQUAL(handed_out, x.core.log().last());
  CAF_CHECK(!x.core.is_asleep());
  x.core.step(applied_input{handed_out});
  run(x, 4 * quiet, {2, 3});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(everything that shows work or life wakes a sleeping leader and sends heartbeats at once) {
  auto causes = clients_and({
    [](owner& x) {
      x.core.step(transfer_input{proposal_id{1}, node_id{2}});
    },
    [](owner& x) { x.core.step(step_down_input{proposal_id{1}}); },
    [](owner& x) {
      x.core.step(change_configuration_input{proposal_id{1}, {node_id{1}, node_id{2}, node_id{3}}, {node_id{4}}});
    },
    [](owner& x) { x.core.step(peer_suspected_input{node_id{3}}); },
    [](owner& x) { x.receive(2, x.core.current_term().value(), heartbeat_reply{}); },
    [](owner& x) { x.receive(2, 0, heartbeat_reply{}); }, // a node that has forgotten even the term
    [](owner& x) {
      x.receive(2, x.core.current_term().value(), heartbeat_reply{1, false});
    },
    [](owner& x) {
      x.receive(2, x.core.current_term().value(), append_reply{false, log_index{1}, {}, {}});
    },
    [](owner& x) {
      x.receive(2, x.core.current_term().value(), append_reply{true, log_index{1}, {}, {}});
    },
    [](owner& x) { x.receive(2, x.core.current_term().value(), read_index_request{1}); },
    [](owner& x) {
      x.receive(2, x.core.current_term().value() + 1, vote_request{true, false, {}});
    },
    [](owner& x) {
      x.receive(2, x.core.current_term().value() + 1, vote_request{false, false, {}});
    },
    [](owner& x) {
      x.receive(2, 0, fence_request{1, {}});
    },
  });
  for (std::size_t i = 0; i < causes.size(); ++i) {
    CAF_MESSAGE("cause " << i);
    sleeper x;
    causes[i](x);
    CAF_CHECK(!x.core.is_asleep());
    CAF_CHECK(x.core.next_deadline() < instant::max());
    CAF_CHECK(count_heartbeats(x.carry_out(), false) >= 2);
  }
}

CAF_TEST(a sleeping leader sleeps on when nothing asks for it) {
  sleeper x;
  x.core.step(read_input{proposal_id{1}, read_policy::local});
  x.core.step(peer_suspected_input{node_id{9}});
  x.receive(2, x.core.current_term().value(), heartbeat_reply{1, true});
  x.receive(9, x.core.current_term().value(), heartbeat_reply{});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(answers to an earlier wish do not put a leader to sleep) {
  sleeper x;
  auto old_round = std::get<leader>(x.core.role()).round;
  auto term = x.core.current_term().value();
  x.core.step(peer_suspected_input{node_id{3}});
  run(x, 4 * quiet, {3});
  x.receive(2, term, heartbeat_reply{old_round, true});
  CAF_CHECK(!x.core.is_asleep());
  run(x, quiet, {2, 3});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(a call of one that woke ends the wish to sleep) {
  owner x{sleepy({1, 2, 3})};
  x.lead();
  run(x, 2 * quiet, {2});
  x.receive(2, x.core.current_term().value(), heartbeat_reply{});
  x.advance(milliseconds{100});
  auto messages = x.carry_out();
  CAF_CHECK_EQUAL(count_heartbeats(messages, true), 0u);
  CAF_CHECK_EQUAL(count_heartbeats(messages, false), 2u);
}

// -- followers ------------------------------------------------------------------------------------------------------

namespace {

/// A follower of node 2 in term 1 that sleeps with three entries.
struct sleeping_follower : owner {
  sleeping_follower() : owner{sleepy({1, 2, 3}), recovered_log(3, 3), 1, log_index{3}} {
    receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 1, true});
    CAF_REQUIRE(core.is_asleep());
    core.take_output();
  }
};

} // namespace

CAF_TEST(a sleeping follower needs no ticks and never campaigns) {
  sleeping_follower x;
  CAF_CHECK(x.core.next_deadline() == instant::max());
  x.advance(milliseconds{60'000});
  CAF_CHECK(x.core.is_asleep());
  CAF_CHECK(x.core.leader_id() == node_id{2});
}

CAF_TEST(a follower that wakes starts a new timer and calls its leader) {
  auto causes = clients_and({
    [](owner& x) { x.core.step(peer_suspected_input{node_id{2}}); },
    [](owner& x) {
      x.receive(3, 2, vote_request{true, false, {log_index{3}, raft_term{1}}});
    },
    [](owner& x) {
      x.receive(3, 2, vote_request{false, false, {log_index{3}, raft_term{1}}});
    },
    [](owner& x) {
      x.receive(2, 0, fence_request{1, {}});
    }, // the leader itself has lost its disk
    [](owner& x) { x.receive(2, 1, heartbeat_reply{}); },
  });
  for (std::size_t i = 0; i < causes.size(); ++i) {
    CAF_MESSAGE("cause " << i);
    sleeping_follower x;
    x.now += milliseconds{60'000};
    x.core.tick(x.now);
    causes[i](x);
    CAF_CHECK(!x.core.is_asleep());
    CAF_CHECK(x.core.next_deadline() <= x.now + milliseconds{2000});
    auto messages = x.carry_out();
    CAF_CHECK(std::any_of(messages.begin(), messages.end(), [](const raft_message& each) {
      return each.to == node_id{2} && each.body == raft_message_body{heartbeat_reply{}};
    }));
    x.now += milliseconds{2000};
    x.core.tick(x.now - milliseconds{1000}); // two steps, or it would be a pause
    x.core.tick(x.now);
    CAF_CHECK(std::holds_alternative<pre_candidate>(x.core.role()));
  }
}

CAF_TEST(a sleeping follower sleeps on when others than its leader are suspected) {
  sleeping_follower x;
  x.core.step(peer_suspected_input{node_id{3}});
  x.core.step(read_input{proposal_id{1}, read_policy::local});
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(a follower whose caller waits does not sleep) {
  owner x{sleepy({1, 2, 3}), recovered_log(3, 3), 1, log_index{3}};
  x.receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 1});
  x.core.step(read_input{proposal_id{1}, read_policy::follower});
  x.receive(2, 1, heartbeat{{log_index{3}, raft_term{1}}, 2, true});
  CAF_CHECK(!x.core.is_asleep());
}

CAF_TEST(a follower that has to read what it applies does not sleep before it is done) {
  owner x{sleepy({1, 2, 3}), recovered_log(3, 3)};
  auto beat = heartbeat{{log_index{3}, raft_term{1}}, 1, true};
  x.receive(2, 1, beat);
  CAF_CHECK(!x.core.is_asleep());
  CAF_CHECK_EQUAL(x.core.take_output().reads.size(), 1u);
  x.core.step(entries_read_input{{}, {}}); // it failed
  x.receive(2, 1, beat);
  CAF_CHECK(!x.core.is_asleep());
  x.advance(milliseconds{50});
  CAF_REQUIRE_EQUAL(x.core.take_output().reads.size(), 1u);
  std::vector<entry> entries;
  for (std::uint64_t i = 1; i <= 3; ++i)
    entries.push_back({log_index{i}, raft_term{1}, {}, entry_kind::command, "text", bytes{"a"}});
  x.core.step(entries_read_input{{}, std::move(entries)});
  x.carry_out();
  CAF_CHECK_EQUAL(x.core.applied_index(), log_index{3});
  x.receive(2, 1, beat);
  CAF_CHECK(x.core.is_asleep());
}

CAF_TEST(votes of a sleeping follower are for its leader that has restarted and denied to others) {
  for (std::uint64_t candidate : {2, 3}) {
    sleeping_follower x;
    x.now += milliseconds{60'000};
    x.core.tick(x.now);
    x.receive(candidate, 2, vote_request{true, false, {log_index{3}, raft_term{1}}});
    auto messages = x.carry_out();
    auto grants = std::any_of(messages.begin(), messages.end(), [](const raft_message& each) {
      const auto* reply = std::get_if<vote_reply>(&each.body);
      return reply != nullptr && reply->granted;
    });
    CAF_CHECK_EQUAL(grants, candidate == 2);
    CAF_CHECK(!x.core.is_asleep());
  }
}
