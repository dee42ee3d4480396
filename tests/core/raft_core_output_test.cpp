// What a core gives its owner: writes, what is held back, what is applied, what is said of changes.
#define CAF_SUITE raft_core
#include "tests/core/core_owner.hpp"

using namespace kommander;
using namespace kommander::core_tests;

// -- output ---------------------------------------------------------------------------------------------------------

CAF_TEST(a new core has nothing to do) {
  owner x{options_for({1, 2, 3})};
  CAF_CHECK(!x.core.has_output());
  auto output = x.core.take_output();
  CAF_CHECK(!output.needs_write());
  CAF_CHECK(output.messages.empty() && output.apply.empty() && output.reads.empty() && output.replies.empty());
  CAF_CHECK(!output.role_changed && !output.leader_changed);
}

CAF_TEST(several inputs make one write that holds the last term and vote) {
  owner x{options_for({1, 2, 3})};
  x.receive(2, 1, vote_request{false, false, {}});
  x.receive(2, 1, append_request{{}, log_index{}, {{log_index{1}, raft_term{1}, {}, entry_kind::noop, {}, {}}}});
  x.receive(3, 4, vote_request{false, true, {log_index{9}, raft_term{3}}});
  auto output = x.core.take_output();
  CAF_CHECK_EQUAL(output.write.value(), 1u);
  CAF_REQUIRE(output.state);
  CAF_CHECK(*output.state == (hard_state{raft_term{4}, node_id{3}}));
  CAF_CHECK_EQUAL(output.append.size(), 1u);
  CAF_CHECK(output.messages.empty());
  CAF_CHECK(!x.core.take_output().needs_write());
}

CAF_TEST(entries that are replaced before their write leave no trace in it) {
  owner x{options_for({1, 2, 3}), recovered_log(4)};
  auto entry_of = [](std::uint64_t index, std::uint64_t term) {
    return entry{log_index{index}, raft_term{term}, {}, entry_kind::command, {}, {}};
  };
  x.receive(2, 2, append_request{{log_index{2}, raft_term{1}}, {}, {entry_of(3, 2), entry_of(4, 2), entry_of(5, 2)}});
  x.receive(3, 3, append_request{{log_index{3}, raft_term{2}}, {}, {entry_of(4, 3)}});
  auto output = x.core.take_output();
  CAF_CHECK_EQUAL(output.truncate_from.value(), 3u);
  CAF_CHECK((output.append == std::vector<entry>{entry_of(3, 2), entry_of(4, 3)}));
  x.core.step(durable_input{output.write});
  CAF_CHECK_EQUAL(x.core.durable_index().value(), 4u);
}

CAF_TEST(writes are numbered from one without gaps and only when there is something to write) {
  owner x{options_for({1, 2, 3})};
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t term = 1; term <= 3; ++term) {
    x.receive(2, term, vote_request{false, true, {}});
    numbers.push_back(x.core.take_output().write.value());
    x.receive(2, term, heartbeat{});
    numbers.push_back(x.core.take_output().write.value());
  }
  CAF_CHECK((numbers == std::vector<std::uint64_t>{1, 0, 2, 0, 3, 0}));
}

CAF_TEST(a later write that is durable stands for the earlier ones) {
  owner x{options_for({1, 2, 3})};
  entry first{log_index{1}, raft_term{1}, {}, entry_kind::command, {}, bytes{std::string{"a"}}};
  entry second{log_index{2}, raft_term{1}, {}, entry_kind::command, {}, bytes{std::string{"b"}}};
  x.receive(2, 1, append_request{{}, log_index{}, {first}});
  x.core.take_output();
  x.receive(2, 1, append_request{{log_index{1}, raft_term{1}}, log_index{}, {second}});
  auto output = x.core.take_output();
  CAF_CHECK(x.core.durable_index() == log_index{});
  x.core.step(durable_input{output.write});
  CAF_CHECK(x.core.durable_index() == log_index{2});
}

CAF_TEST(the commit index rides along with every output) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  auto output = x.core.take_output();
  CAF_CHECK_EQUAL(output.commit.value(), 1u);
  x.core.step(durable_input{output.write});
  CAF_CHECK_EQUAL(x.core.take_output().commit.value(), 2u);
}

CAF_TEST(held entries gather for one write and one message) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  auto first = x.core.take_output(true); // asked to hold and told so
  CAF_CHECK(!first.needs_write() && first.messages.empty());
  first = x.core.take_output();
  CAF_CHECK_EQUAL(first.append.size(), 1u);
  x.core.step(proposal(2, {"b"}));
  x.core.step(proposal(3, {"c"}));
  auto held = x.core.take_output(true);
  CAF_CHECK(!held.needs_write() && held.messages.empty());
  CAF_CHECK(x.core.has_output());
  x.core.step(proposal(4, {"d"}));
  x.core.step(durable_input{first.write});
  auto second = x.core.take_output();
  CAF_CHECK_EQUAL(second.append.size(), 3u);
  CAF_CHECK_EQUAL(second.write.value(), first.write.value() + 1);
  auto appends = appends_to(2, second.messages);
  CAF_REQUIRE_EQUAL(appends.size(), 1u);
  CAF_CHECK_EQUAL(appends[0].entries.size(), 3u);
  CAF_CHECK(!x.core.has_output());
}

CAF_TEST(heartbeats and answers and commits are not held) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  auto first = x.core.take_output();
  x.core.step(durable_input{first.write});
  x.core.step(proposal(2, {"b"}));
  x.receive(2, x.core.current_term().value(), append_reply{false, log_index{2}, {}, {}});
  x.core.step(propose_input{proposal_id{3}, {}});
  x.advance(milliseconds{100});
  auto held = x.core.take_output(true);
  CAF_CHECK(!held.needs_write());
  CAF_CHECK_EQUAL(held.apply.size(), 1u);
  CAF_CHECK_EQUAL(held.replies.size(), 1u);
  CAF_CHECK(held.messages.size() >= 2);
  for (const auto& y : held.messages)
    CAF_CHECK(y.is_control());
}

CAF_TEST(a new term is not held and takes the held entries along) {
  owner x{options_for({1, 2, 3})};
  entry first{log_index{1}, raft_term{1}, {}, entry_kind::command, {}, {}};
  x.receive(2, 1, append_request{{}, {}, {first}});
  x.core.step(durable_input{x.core.take_output().write});
  x.receive(2, 1, append_request{{log_index{1}, raft_term{1}}, {}, {{log_index{2}, raft_term{1}, {}, {}, {}, {}}}});
  CAF_CHECK(!x.core.take_output(true).needs_write());
  x.receive(3, 2, vote_request{false, true, {log_index{9}, raft_term{1}}});
  auto output = x.core.take_output(true);
  CAF_REQUIRE(output.state);
  CAF_CHECK_EQUAL(output.append.size(), 1u);
}

CAF_TEST(a configuration is not held as it counts already and takes the held entries along) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  x.core.step(proposal(1, {"a"}));
  x.core.take_output();
  x.core.step(proposal(2, {"b"}));
  CAF_CHECK(!x.core.take_output(true).needs_write());
  x.core.step(change_configuration_input{proposal_id{3}, {node_id{1}, node_id{2}}, {}});
  CAF_CHECK_EQUAL(x.core.take_output(true).append.size(), 2u);
}

CAF_TEST(held entries that are replaced are never written) {
  owner x{options_for({1, 2, 3}), recovered_log(2)};
  auto entry_of = [](std::uint64_t index, std::uint64_t term) {
    return entry{log_index{index}, raft_term{term}, {}, entry_kind::command, {}, {}};
  };
  x.receive(2, 2, append_request{{log_index{2}, raft_term{1}}, {}, {entry_of(3, 2)}});
  x.core.step(durable_input{x.core.take_output().write});
  x.receive(2, 2, append_request{{log_index{3}, raft_term{2}}, {}, {entry_of(4, 2), entry_of(5, 2)}});
  CAF_CHECK(!x.core.take_output(true).needs_write());
  x.receive(3, 3, append_request{{log_index{4}, raft_term{2}}, {}, {entry_of(5, 3)}});
  auto output = x.core.take_output(true);
  CAF_CHECK(!output.truncate_from); // entries 4 and 5 of term 2 never reached the disk
  CAF_CHECK((output.append == std::vector<entry>{entry_of(4, 2), entry_of(5, 3)}));
  x.core.step(durable_input{output.write});
  CAF_CHECK_EQUAL(x.core.durable_index().value(), 5u);
  x.receive(2, 4, append_request{{log_index{2}, raft_term{1}}, {}, {entry_of(3, 4)}});
  CAF_CHECK_EQUAL(x.core.take_output(true).truncate_from.value(), 3u);
}

CAF_TEST(a cut is not held and takes the held entries along) {
  owner x{options_for({1, 2, 3}), recovered_log(3)};
  x.receive(2, 2, heartbeat{});
  x.core.step(durable_input{x.core.take_output().write});
  x.receive(2, 2, append_request{{log_index{1}, raft_term{1}}, {}, {{log_index{2}, raft_term{2}, {}, {}, {}, {}}}});
  auto output = x.core.take_output(true);
  CAF_CHECK_EQUAL(output.truncate_from.value(), 2u);
  CAF_CHECK_EQUAL(output.append.size(), 1u);
  CAF_CHECK_EQUAL(x.core.durable_index().value(), 1u);
}

CAF_TEST(a write that was never issued cannot become durable) {
  owner x{options_for({1, 2, 3})};
  x.core.step(durable_input{write_sequence{1}});
  CAF_REQUIRE(x.core.has_failed());
  CAF_CHECK(!std::get<failed>(x.core.role()).reason.empty());
}

CAF_TEST(an entry that was never handed out cannot have been applied) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(applied_input{log_index{2}});
  CAF_CHECK(x.core.has_failed());
}

CAF_TEST(an answer for what is applied already changes nothing) {
  owner x{options_for({1})};
  x.lead();
  x.core.step(applied_input{log_index{1}});
  x.core.step(applied_input{});
  CAF_CHECK(x.core.applied_index() == log_index{1});
  CAF_CHECK(!x.core.has_failed());
  CAF_CHECK(!x.core.has_output());
}

CAF_TEST(the output says when role and leader and readiness change) {
  owner x{options_for({1, 2, 3})};
  x.receive(2, 1, heartbeat{});
  auto output = x.core.take_output();
  CAF_CHECK(output.leader_changed);
  x.core.step(durable_input{output.write});
  x.receive(2, 1, heartbeat{});
  output = x.core.take_output();
  CAF_CHECK(!output.leader_changed && !output.role_changed);

  owner alone{options_for({1})};
  alone.advance(milliseconds{2000});
  output = alone.core.take_output();
  CAF_CHECK(output.role_changed);
  alone.core.step(durable_input{output.write}); // the vote
  output = alone.core.take_output();
  CAF_CHECK(alone.core.is_leader() && !alone.core.is_ready());
  CAF_CHECK(output.role_changed && output.leader_changed);
  alone.core.step(durable_input{output.write}); // the no-op
  output = alone.core.take_output();
  CAF_CHECK(!output.role_changed && !output.leader_changed);
  CAF_REQUIRE_EQUAL(output.apply.size(), 1u);
  alone.core.step(applied_input{log_index{1}});
  CAF_CHECK(alone.core.has_output());
  output = alone.core.take_output();
  CAF_CHECK(!output.role_changed && output.leader_changed);
}

// -- applying -------------------------------------------------------------------------------------------------------

CAF_TEST(entries are handed out in pieces and the next one when the last is answered) {
  auto options = options_for({1});
  options.apply_bytes_max = 120; // two entries of weight 53
  owner x{options};
  x.lead();
  for (std::uint64_t id = 1; id <= 3; ++id)
    x.core.step(proposal(id, {"a"}));
  auto output = x.core.take_output();
  x.core.step(durable_input{output.write});
  output = x.core.take_output();
  CAF_REQUIRE_EQUAL(output.apply.size(), 2u);
  CAF_CHECK_EQUAL(output.apply.front().index.value(), 2u);
  CAF_CHECK(!x.core.has_output());
  CAF_CHECK(x.core.take_output().apply.empty());
  x.core.step(applied_input{log_index{2}}); // a part of it: one caller is answered, nothing more is handed out
  output = x.core.take_output();
  CAF_CHECK_EQUAL(output.replies.size(), 1u);
  CAF_CHECK(output.apply.empty());
  x.core.step(applied_input{log_index{3}});
  output = x.core.take_output();
  CAF_REQUIRE_EQUAL(output.apply.size(), 1u);
  CAF_CHECK_EQUAL(output.apply.front().index.value(), 4u);
}

CAF_TEST(entries from the log that are not the committed ones stop the partition) {
  owner x{options_for({1, 2, 3}), recovered_log(3, 3)};
  CAF_REQUIRE_EQUAL(x.core.take_output().reads.size(), 1u);
  entry good{log_index{1}, raft_term{1}, {}, entry_kind::command, {}, {}};
  entry bad{log_index{2}, raft_term{2}, {}, entry_kind::command, {}, {}};
  x.core.step(entries_read_input{node_id{}, {good, bad}});
  CAF_CHECK(x.core.has_failed());
  CAF_CHECK(x.core.take_output().apply.empty());
}

CAF_TEST(entries reach the state machine as they were proposed) {
  owner x{options_for({1})};
  x.lead();
  propose_input input{proposal_id{1}, {}};
  input.entries.push_back({{77, 3}, entry_kind::prepared, "OrderCreated", bytes{std::string{"p"}}});
  input.entries.push_back({{78, 3}, entry_kind::decision, "", bytes{}});
  x.core.step(std::move(input));
  x.carry_out();
  CAF_REQUIRE_EQUAL(x.applied.size(), 3u);
  CAF_CHECK(
    (x.applied[1]
     == entry{log_index{2}, raft_term{1}, {77, 3}, entry_kind::prepared, "OrderCreated", bytes{std::string{"p"}}}));
  CAF_CHECK(x.applied[2].kind == entry_kind::decision);
  CAF_REQUIRE_EQUAL(x.replies.size(), 1u);
  CAF_CHECK((x.replies[0] == core_reply{proposal_id{1}, status::success, log_index{3}, {77, 3}}));
}
