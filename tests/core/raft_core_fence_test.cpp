// A disk that is new or wiped: until the owner knows which of the two, both are the same.
#define CAF_SUITE raft_core
#include "tests/core/core_owner.hpp"

using namespace kommander;
using namespace kommander::core_tests;

namespace {

/// A core whose disk has lost this, with a clock that runs.
owner with_loss(log_loss lost, log_index damaged_at = {}) {
  recovered_partition found;
  found.state.lost = lost;
  found.damaged_at = damaged_at;
  return owner{options_for({1, 2, 3}), std::move(found)};
}

/// Whether it grants its vote in a new term.
bool votes(owner& x) {
  x.receive(2, x.core.current_term().value() + 1, vote_request{false, false, {log_index{9}, raft_term{9}}});
  for (const auto& message : x.carry_out())
    if (const auto* reply = std::get_if<vote_reply>(&message.body); reply != nullptr && reply->granted)
      return true;
  return false;
}

std::optional<hard_state> state_after(owner& x, const never_here_input& input) {
  x.carry_out();
  x.core.step(input);
  return x.core.take_output().state;
}

fence_reply reply_of_leader(const std::vector<raft_message>& messages, std::uint64_t counted) {
  for (const auto& x : messages)
    if (const auto* request = std::get_if<fence_request>(&x.body))
      return {request->nonce, true, false, log_index{counted}, log_index{counted}, {}};
  CAF_FAIL("the leader is not asked");
}

} // namespace

CAF_TEST(losses add up and what is unknown is everything as soon as something is certain) {
  using enum log_loss;
  for (auto x : {none, entries, everything, unknown}) {
    CAF_CHECK(combined(x, x) == x);
    CAF_CHECK(combined(x, none) == x && combined(none, x) == x);
    for (auto y : {entries, everything, unknown})
      if (x != y && x != none)
        CAF_CHECK(combined(x, y) == everything);
  }
}

CAF_TEST(a new disk votes as soon as it is known to be new and asks nobody for that) {
  auto x = with_loss(log_loss::unknown);
  CAF_CHECK(x.core.is_fenced());
  CAF_CHECK(!votes(x));
  auto saved = state_after(x, {});
  CAF_REQUIRE(saved.has_value());
  CAF_CHECK(*saved == hard_state{});
  CAF_CHECK(!x.core.is_fenced());
  CAF_CHECK(votes(x));
}

CAF_TEST(voters that an earlier log has named are asked and named) {
  raft_core_start start;
  start.lost = log_loss::everything;
  start.known_voters = {node_id{7}};
  owner x{options_for({1, 2, 3}), std::move(start)};
  x.advance(x.core.options().heartbeat_interval);
  std::set<node_id> asked;
  for (const auto& message : x.carry_out())
    if (std::holds_alternative<fence_request>(message.body))
      asked.insert(message.to);
  CAF_CHECK(asked == (std::set{node_id{2}, node_id{3}, node_id{7}}));
  CAF_CHECK(x.core.fence_awaits() == (std::vector{node_id{2}, node_id{3}, node_id{7}}));
  x.receive(2, 1, fence_request{5, {}});
  for (const auto& message : x.carry_out())
    if (const auto* reply = std::get_if<fence_reply>(&message.body))
      CAF_CHECK(reply->voters == (std::vector{node_id{1}, node_id{2}, node_id{3}, node_id{7}}));
}

CAF_TEST(only where a cluster begins are disks that all are in doubt new ones) {
  struct row {
    bool begins_cluster;
    bool second_is_fenced;
    bool third_is_fenced;
    bool is_new;
  };
  for (auto x : {row{true, true, true, true},
                 {false, true, true, false},
                 {false, false, true, false},
                 {false, false, false, true}}) {
    raft_core_start start;
    start.lost = log_loss::unknown;
    start.begins_cluster = x.begins_cluster;
    owner here{options_for({1, 2, 3}), std::move(start)};
    here.advance(here.core.options().heartbeat_interval);
    std::uint64_t nonce = 0;
    for (const auto& message : here.carry_out())
      if (const auto* request = std::get_if<fence_request>(&message.body))
        nonce = request->nonce;
    CAF_REQUIRE(nonce != 0);
    here.receive(2, 0, fence_reply{nonce, false, x.second_is_fenced, {}, {}, {}});
    here.receive(3, 0, fence_reply{nonce, false, x.third_is_fenced, {}, {}, {}});
    here.carry_out();
    CAF_CHECK_EQUAL(here.core.is_fenced(), !x.is_new);
    CAF_CHECK(here.core.fence_awaits().empty());
  }
}

CAF_TEST(what is certainly lost stays lost) {
  for (auto lost : {log_loss::entries, log_loss::everything}) {
    auto x = with_loss(lost);
    CAF_CHECK(!state_after(x, {}));
    CAF_CHECK(x.core.is_fenced());
    CAF_CHECK(!votes(x));
  }
}

CAF_TEST(a disk that may be new and is damaged is not new) {
  auto x = with_loss(log_loss::unknown, log_index{1});
  CAF_CHECK(!state_after(x, {}));
  CAF_CHECK(x.core.is_fenced());
  CAF_CHECK(!votes(x));
}

CAF_TEST(to be new is no news for a disk that has lost nothing) {
  auto x = with_loss(log_loss::none);
  CAF_CHECK(!state_after(x, {}));
  CAF_CHECK(votes(x));
}

CAF_TEST(a disk that is said to be new is an old copy if the leader has counted on it) {
  for (std::uint64_t counted : {0u, 3u}) {
    auto x = with_loss(log_loss::unknown);
    x.core.step(never_here_input{});
    x.carry_out();
    x.receive(2, 4, heartbeat{{}, 1});
    x.advance(milliseconds{200});
    x.receive(2, 4, reply_of_leader(x.carry_out(), counted));
    CAF_CHECK_EQUAL(x.core.is_fenced(), counted > 0);
    x.carry_out();
    x.core.step(never_here_input{}); // too late
    CAF_CHECK_EQUAL(x.core.is_fenced(), counted > 0);
  }
}

CAF_TEST(a leader does not count on who says that its disk may have lost something until it says so no more) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  auto beat = [&](bool fenced) {
    x.advance(x.core.options().heartbeat_interval);
    for (const auto& message : x.carry_out())
      if (const auto* y = std::get_if<heartbeat>(&message.body); y != nullptr && message.to == node_id{2})
        x.receive(2, x.core.current_term().value(), heartbeat_reply{y->round, false, false, fenced});
    x.carry_out();
  };
  auto hears = [&] {
    const auto& self = std::get<leader>(x.core.role());
    return self.hears(self.peers.at(node_id{2}));
  };
  beat(true);
  CAF_CHECK(!hears());
  beat(false);
  CAF_CHECK(hears());
  beat(true);
  CAF_CHECK(!hears());
  x.receive(2, x.core.current_term().value(), heartbeat_reply{1}); // a late one
  CAF_CHECK(!hears());
}

CAF_TEST(leadership goes rather to somebody who may campaign) {
  for (std::uint64_t fenced : {2, 3}) {
    owner x{options_for({1, 2, 3})};
    x.lead();
    x.advance(x.core.options().heartbeat_interval);
    for (const auto& message : x.carry_out())
      if (const auto* y = std::get_if<heartbeat>(&message.body))
        x.receive(message.to.value(), x.core.current_term().value(),
                  heartbeat_reply{y->round, false, false, message.to == node_id{fenced}});
    x.core.step(transfer_input{proposal_id{8}, {}});
    std::vector<node_id> called;
    for (const auto& message : x.carry_out())
      if (std::holds_alternative<timeout_now>(message.body))
        called.push_back(message.to);
    CAF_CHECK(called == std::vector{node_id{5 - fenced}});
  }
}

CAF_TEST(a follower says in its answers whether its log may lack something) {
  for (bool verifies : {false, true}) {
    raft_core_start start;
    start.verify = verifies;
    owner x{options_for({1, 2, 3}), std::move(start)};
    auto says = [&] {
      x.receive(2, 1, heartbeat{{}, 5});
      for (const auto& message : x.carry_out())
        if (const auto* reply = std::get_if<heartbeat_reply>(&message.body))
          return reply->fenced;
      CAF_FAIL("no answer");
    };
    CAF_CHECK_EQUAL(says(), verifies);
    if (!verifies)
      continue;
    x.advance(x.core.options().heartbeat_interval);
    x.receive(2, 1, reply_of_leader(x.carry_out(), 0));
    CAF_CHECK(!says());
  }
}
