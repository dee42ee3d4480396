// What the scripts do not show of the core: numbers, timers, limits and votes.
#define CAF_SUITE raft_core
#include "tests/core/core_owner.hpp"

#include <array>
#include <set>

using namespace kommander;
using namespace kommander::core_tests;

// -- jitter ---------------------------------------------------------------------------------------------------------

CAF_TEST(jitter stays within its range and reaches both ends) {
  jitter_source jitter{42};
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(jitter.between(-2, 3));
  CAF_CHECK((seen == std::set<std::int64_t>{-2, -1, 0, 1, 2, 3}));
}

CAF_TEST(jitter of an empty range is its lower end) {
  jitter_source jitter{42};
  CAF_CHECK_EQUAL(jitter.between(5, 5), 5);
  CAF_CHECK_EQUAL(jitter.between(5, 4), 5);
}

CAF_TEST(jitter is decided by its seed) {
  jitter_source a{7}, b{7}, c{8};
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    auto x = a.between(0, 1'000'000);
    CAF_CHECK_EQUAL(x, b.between(0, 1'000'000));
    differs |= x != c.between(0, 1'000'000);
  }
  CAF_CHECK(differs);
}

CAF_TEST(jitter spreads over its range) {
  jitter_source jitter{1};
  std::array<int, 10> counts{};
  for (int i = 0; i < 10'000; ++i)
    ++counts[static_cast<std::size_t>(jitter.between(0, 9))];
  for (auto x : counts)
    CAF_CHECK(x > 800 && x < 1200);
}

// -- time -----------------------------------------------------------------------------------------------------------

CAF_TEST(election timeouts are drawn from the whole range and differ between seeds) {
  std::set<instant> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    owner x{options_for({1, 2, 3}), {}, seed};
    auto deadline = x.core.next_deadline();
    CAF_CHECK(deadline >= milliseconds{1000} && deadline <= milliseconds{2000});
    seen.insert(deadline);
  }
  CAF_CHECK(seen.size() > 40);
  CAF_CHECK(*seen.begin() < milliseconds{1200});
  CAF_CHECK(*seen.rbegin() > milliseconds{1800});
}

CAF_TEST(every campaign draws its timeout anew) {
  owner x{options_for({1, 2, 3})};
  std::set<instant> spans;
  for (int i = 0; i < 10; ++i) {
    auto before = x.now;
    spans.insert(x.core.next_deadline() - before);
    while (x.core.next_deadline() > x.now + milliseconds{500})
      x.advance(milliseconds{500});
    x.now = x.core.next_deadline();
    x.core.tick(x.now);
  }
  CAF_CHECK(spans.size() > 5);
}

CAF_TEST(a follower campaigns at its deadline and not before) {
  owner x{options_for({1, 2, 3})};
  auto deadline = x.core.next_deadline();
  for (auto t = instant{0}; t < deadline; t += milliseconds{100})
    x.core.tick(t);
  x.core.tick(deadline - instant{1});
  CAF_CHECK(std::holds_alternative<follower>(x.core.role()));
  x.core.tick(deadline);
  CAF_CHECK(std::holds_alternative<pre_candidate>(x.core.role()));
}

CAF_TEST(time that goes back changes nothing) {
  owner x{options_for({1, 2, 3})};
  x.core.tick(milliseconds{900});
  x.core.tick(milliseconds{100});
  CAF_CHECK(!x.core.has_output());
  x.receive(2, 1, heartbeat{});
  CAF_CHECK(std::get<follower>(x.core.role()).last_contact == milliseconds{900});
}

CAF_TEST(the deadline of a leader is its next heartbeat or an earlier proposal or transfer) {
  auto options = options_for({1, 2, 3});
  options.heartbeat_interval = milliseconds{900};
  options.proposal_timeout = milliseconds{300};
  owner x{options};
  x.lead();
  auto heartbeat_at = std::get<leader>(x.core.role()).last_heartbeat + milliseconds{900};
  CAF_CHECK(x.core.next_deadline() == heartbeat_at);
  x.core.step(proposal(1, {"a"}));
  CAF_CHECK(x.core.next_deadline() == std::min<instant>(x.now + milliseconds{300}, heartbeat_at));

  options.heartbeat_interval = milliseconds{5000};
  owner y{options};
  y.lead();
  y.core.step(transfer_input{proposal_id{1}, node_id{2}});
  CAF_CHECK(y.core.next_deadline() == y.now + milliseconds{2000});
}

CAF_TEST(a failed core has no deadline and no output) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(storage_failed_input{"disk"});
  CAF_CHECK(x.core.has_failed());
  CAF_CHECK(x.core.has_output()); // its role has changed
  x.carry_out();
  CAF_CHECK(x.core.next_deadline() == instant::max());
  x.advance(milliseconds{5000});
  CAF_CHECK(!x.core.has_output());
}

CAF_TEST(a core that failed sends nothing of what it had prepared) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  x.advance(milliseconds{100});
  x.core.step(storage_failed_input{"disk"});
  auto output = x.core.take_output();
  CAF_CHECK(output.messages.empty());
  CAF_CHECK(!output.needs_write());
  CAF_REQUIRE_EQUAL(output.replies.size(), 1u);
  CAF_CHECK(output.replies[0].code == status::storage_failed);
}

CAF_TEST(a vote puts the own campaign off) {
  owner x{options_for({1, 2, 3}), recovered_log(3)};
  x.receive(2, 5, vote_request{false, true, {}}); // takes over the term and refuses
  auto before = x.core.next_deadline();
  x.advance(milliseconds{300});
  x.receive(2, 5, vote_request{false, true, {}});
  CAF_CHECK(x.core.next_deadline() == before);
  x.receive(3, 5, vote_request{false, true, {log_index{3}, raft_term{1}}});
  CAF_CHECK(x.core.next_deadline() == before + milliseconds{300});
}

// -- starting -------------------------------------------------------------------------------------------------------

CAF_TEST(messages for another partition or another node change nothing) {
  owner x{options_for({1, 2, 3})};
  raft_message message{partition_id{7}, node_id{2}, node_id{1}, raft_term{9}, heartbeat{}};
  for (auto change : {0, 1, 2}) {
    auto other = message;
    if (change == 0)
      other.partition = partition_id{8};
    else if (change == 1)
      other.to = node_id{3};
    else
      other.from = node_id{1};
    x.core.step(other);
    CAF_CHECK_EQUAL(x.core.current_term(), raft_term{0});
    CAF_CHECK(!x.core.has_output());
  }
  x.core.step(message);
  CAF_CHECK_EQUAL(x.core.current_term(), raft_term{9});
}

CAF_TEST(a core whose term is older than its log has lost its votes) {
  auto recovered = recovered_log(5, 3);
  recovered.state = {};
  owner x{options_for({1, 2, 3}), recovered};
  CAF_CHECK(x.core.is_fenced());
  CAF_CHECK_EQUAL(x.core.current_term(), raft_term{1});
  CAF_CHECK_EQUAL(x.core.log().last(), log_index{5});
}

CAF_TEST(a core starts with the term and vote and log that were recovered) {
  auto recovered = recovered_log(5, 3);
  recovered.state = {raft_term{4}, node_id{2}};
  owner x{options_for({1, 2, 3}), recovered};
  CAF_CHECK(x.core.current_term() == raft_term{4});
  CAF_CHECK(x.core.voted_for() == node_id{2});
  CAF_CHECK(!x.core.leader_id());
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 3u);
  CAF_CHECK_EQUAL(x.core.durable_index().value(), 5u);
  CAF_CHECK(std::holds_alternative<follower>(x.core.role()));
}

CAF_TEST(delivery begins after what is applied even if the log does not know yet that it is committed) {
  for (auto [applied, expected] : {std::pair<std::uint64_t, std::uint64_t>{0, 0}, {2, 2}, {3, 3}, {4, 4}, {9, 9}}) {
    raft_core core{options_for({1, 2, 3}), {recovered_log(5, 3), log_index{applied}, instant{0}, 1}};
    CAF_CHECK_EQUAL(core.applied_index().value(), expected);
    auto output = core.take_output();
    CAF_CHECK_EQUAL(output.reads.size(), expected < 3 ? 1u : 0u);
    if (!output.reads.empty())
      CAF_CHECK_EQUAL(output.reads.front().first.value(), expected + 1);
  }
}

CAF_TEST(a node that is no voter never campaigns) {
  owner x{options_for({2, 3, 4})};
  x.advance(milliseconds{10'000});
  CAF_CHECK(!x.core.has_output());
  CAF_CHECK(std::holds_alternative<follower>(x.core.role()));
  CAF_CHECK(x.core.next_deadline() == instant::max());
}

CAF_TEST(a change that cannot be committed is answered in time) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(change_configuration_input{proposal_id{9}, {node_id{1}, node_id{2}}, {}});
  x.carry_out();
  std::vector<core_reply> replies;
  for (int i = 0; i < 300 && replies.empty(); ++i) {
    x.advance(milliseconds{50});
    x.receive(2, x.core.current_term().value(), heartbeat_reply{});
    replies = x.core.take_output().replies;
  }
  CAF_REQUIRE_EQUAL(replies.size(), 1u);
  CAF_CHECK_EQUAL(replies.front().id, proposal_id{9});
  CAF_CHECK_EQUAL(replies.front().code, status::proposal_timeout);
  x.core.step(change_configuration_input{proposal_id{10}, {node_id{1}, node_id{2}, node_id{3}}, {}});
  replies = x.core.take_output().replies;
  CAF_REQUIRE_EQUAL(replies.size(), 1u);
  CAF_CHECK_EQUAL(replies.front().code, status::concurrent_membership_change);
}

CAF_TEST(a change is refused while leadership is handed over) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(transfer_input{proposal_id{8}, node_id{2}});
  x.core.step(change_configuration_input{proposal_id{9}, {node_id{1}, node_id{2}}, {}});
  auto replies = x.core.take_output().replies;
  CAF_REQUIRE_EQUAL(replies.size(), 1u);
  CAF_CHECK_EQUAL(replies.front().code, status::node_is_not_leader);
}

CAF_TEST(a configuration in the log that cannot be read stops the core) {
  raft_core_start start;
  start.recovered.last = log_index{1};
  start.recovered.terms = {{log_index{1}, raft_term{1}}};
  start.recovered.configs = {{log_index{1}, raft_term{1}, {}, entry_kind::config, {}, bytes{"nonsense"}}};
  raft_core core{options_for({1}), start};
  CAF_CHECK(core.has_failed());
  CAF_CHECK(core.next_deadline() == instant::max());
  CAF_CHECK(core.take_output().role_changed);
}

CAF_TEST(an append with a configuration that cannot be read changes nothing) {
  owner x{options_for({1, 2, 3})};
  entry bad{log_index{1}, raft_term{1}, {}, entry_kind::config, {}, bytes{"nonsense"}};
  x.receive(2, 1, append_request{{}, {}, {bad}});
  CAF_CHECK_EQUAL(x.core.current_term(), raft_term{1});
  CAF_CHECK(!x.core.has_failed());
  CAF_CHECK_EQUAL(x.core.log().last(), log_index{});
}

// -- proposals and limits -------------------------------------------------------------------------------------------

CAF_TEST(proposals wait until they are applied) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  x.core.step(proposal(2, {"b", "c"}));
  CAF_CHECK_EQUAL(x.core.waiting_proposals(), 2u);
  auto output = x.core.take_output();
  x.core.step(durable_input{output.write});
  output = x.core.take_output();
  CAF_CHECK(output.replies.empty());
  x.core.step(applied_input{log_index{2}});
  CAF_CHECK_EQUAL(x.core.waiting_proposals(), 1u);
  x.core.step(applied_input{log_index{4}});
  x.carry_out();
  CAF_REQUIRE_EQUAL(x.replies.size(), 2u);
  CAF_CHECK(x.replies[0].id == proposal_id{1} && x.replies[0].index == log_index{2});
  CAF_CHECK(x.replies[1].id == proposal_id{2} && x.replies[1].index == log_index{4});
  CAF_CHECK_EQUAL(x.core.waiting_proposals(), 0u);
}

CAF_TEST(the queue has room for exactly its limit of entries) {
  auto options = options_for({1, 2, 3});
  options.proposal_queue_entries_max = 10;
  owner x{options};
  x.lead();
  for (std::uint64_t id = 1; id <= 12; ++id)
    x.core.step(proposal(id, {"a"}));
  x.carry_out();
  CAF_REQUIRE_EQUAL(x.replies.size(), 2u);
  CAF_CHECK((x.replies[0] == core_reply{proposal_id{11}, status::proposal_queue_full, {}, {}}));
  CAF_CHECK_EQUAL(x.core.log().last().value(), 11u);
}

CAF_TEST(a committed proposal that waits to be applied keeps its place in the queue) {
  auto options = options_for({1});
  options.proposal_queue_entries_max = 2;
  owner x{options};
  x.lead();
  for (std::uint64_t id = 1; id <= 2; ++id) {
    x.core.step(proposal(id, {"a"}));
    x.core.step(durable_input{x.core.take_output().write});
  }
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 3u);
  x.core.step(proposal(3, {"a"}));
  auto output = x.core.take_output();
  CAF_REQUIRE_EQUAL(output.replies.size(), 1u);
  CAF_CHECK(output.replies[0].code == status::proposal_queue_full);
}

CAF_TEST(the limit of bytes is free again after every commit) {
  auto options = options_for({1});
  options.proposal_queue_bytes_max = 200;
  owner x{options};
  x.lead();
  for (std::uint64_t id = 1; id <= 100; ++id) {
    x.core.step(proposal(id, {"a", "b", "c"}));
    x.carry_out();
  }
  CAF_CHECK_EQUAL(x.replies.size(), 100u);
  CAF_CHECK(
    std::all_of(x.replies.begin(), x.replies.end(), [](const core_reply& r) { return r.code == status::success; }));
}

CAF_TEST(what is in flight to a peer stays within both limits whatever is proposed) {
  auto options = options_for({1, 2, 3});
  options.inflight_messages_max = 4;
  options.inflight_bytes_max = 1000;
  options.append_bytes_max = 300;
  owner x{options};
  x.lead();
  const std::string payload(100, 'p');
  for (std::uint64_t id = 1; id <= 50; ++id) {
    x.core.step(proposal(id, {payload.c_str()}));
    for (const auto& append : appends_to(2, x.carry_out())) {
      std::size_t weight = 0;
      for (const auto& y : append.entries)
        weight += y.weight();
      CAF_CHECK(weight <= 300);
    }
    const auto& peer = std::get<leader>(x.core.role()).peers.at(node_id{2});
    CAF_CHECK(peer.inflight_messages() <= 4);
    CAF_CHECK(peer.inflight_bytes() < 1000 + 300);
  }
  CAF_CHECK_EQUAL(std::get<leader>(x.core.role()).peers.at(node_id{2}).inflight_messages(), 4u);
}

CAF_TEST(memory holds what is not durable or not committed whatever the limit of the cache) {
  auto options = options_for({1, 2, 3});
  options.log_cache_bytes_max = 0;
  owner x{options};
  x.lead();
  x.core.step(proposal(1, {"a", "b"}));
  x.carry_out();
  CAF_CHECK_EQUAL(x.core.log().first_in_memory().value(), 2u);
  x.receive(2, x.core.current_term().value(), append_reply{false, log_index{3}, {}, {}});
  x.carry_out();
  x.core.take_output();
  CAF_CHECK_EQUAL(x.core.log().memory_bytes(), 0u);
}

CAF_TEST(memory holds what followers have committed and the own disk has not ) {
  auto options = options_for({1, 2, 3});
  options.log_cache_bytes_max = 0;
  owner x{options};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  auto output = x.core.take_output();
  for (std::uint64_t peer : {2, 3})
    x.receive(peer, x.core.current_term().value(), append_reply{false, log_index{2}, {}, {}});
  x.core.step(applied_input{x.core.take_output().apply.back().index});
  x.core.take_output();
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 2u);
  CAF_CHECK(x.core.log().find(log_index{2}) != nullptr);
  x.core.step(durable_input{output.write});
  x.core.take_output();
  CAF_CHECK(x.core.log().find(log_index{2}) == nullptr);
}

CAF_TEST(an acknowledgement of what was never sent is ignored) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.receive(2, x.core.current_term().value(), append_reply{false, log_index{99}, {}, {}});
  CAF_CHECK_EQUAL(x.core.commit_index().value(), 1u);
  CAF_CHECK_EQUAL(std::get<leader>(x.core.role()).peers.at(node_id{2}).match().value(), 1u);
}

CAF_TEST(a vote counts once however often it arrives) {
  auto options = options_for({1, 2, 3, 4, 5});
  options.pre_vote = false;
  owner x{options};
  x.advance(milliseconds{2000});
  x.carry_out();
  CAF_REQUIRE(std::holds_alternative<candidate>(x.core.role()));
  auto term = x.core.current_term().value();
  for (int i = 0; i < 3; ++i)
    x.receive(2, term, vote_reply{false, true});
  CAF_CHECK(!x.core.is_leader());
  x.receive(3, term, vote_reply{false, true});
  CAF_CHECK(x.core.is_leader());
}

CAF_TEST(consent to a pre vote is not a vote and a vote of another term does not count) {
  auto options = options_for({1, 2, 3});
  options.pre_vote = false;
  owner x{options};
  x.advance(milliseconds{2000});
  x.carry_out();
  auto term = x.core.current_term().value();
  x.receive(2, term, vote_reply{true, true});
  x.receive(2, term - 1, vote_reply{false, true});
  CAF_CHECK(!x.core.is_leader());
  x.receive(2, term, vote_reply{false, true});
  CAF_CHECK(x.core.is_leader());
}

CAF_TEST(consent counts only for the term in which the node would campaign) {
  auto recovered = recovered_log(1);
  recovered.state.current_term = raft_term{3};
  owner x{options_for({1, 2, 3}), recovered};
  x.advance(milliseconds{2000});
  CAF_REQUIRE(std::holds_alternative<pre_candidate>(x.core.role()));
  x.receive(2, 3, vote_reply{true, true}); // of an earlier round
  CAF_CHECK(std::holds_alternative<pre_candidate>(x.core.role()));
  x.receive(2, 4, vote_reply{true, true});
  CAF_CHECK(std::holds_alternative<candidate>(x.core.role()));
}
