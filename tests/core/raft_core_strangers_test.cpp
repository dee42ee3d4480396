// Who wants to lead, and belongs to no configuration that may hold.
#define CAF_SUITE raft_core
#include "tests/core/core_owner.hpp"

using namespace kommander;
using namespace kommander::core_tests;

namespace {

constexpr std::uint64_t stranger = 9;
constexpr auto patience = milliseconds{4000}; ///< Twice the longest election time-out.

const std::vector<raft_message_body> claims{
  append_request{{}, {}, {entry{log_index{1}, raft_term{2}, {}, entry_kind::noop, {}, {}}}},
  heartbeat{},
  snapshot_chunk{1, {log_index{9}, raft_term{2}}, {}, {}, 0, bytes{"x"}, 1, true},
  vote_request{false, false, {log_index{9}, raft_term{9}}},
  vote_request{false, true, {log_index{9}, raft_term{9}}},
};

struct belief {
  raft_term term;
  node_id leader;
  bool leads;
  std::size_t answers;

  friend bool operator==(const belief&, const belief&) = default;
};

belief belief_of(owner& x) {
  return {x.core.current_term(), x.core.leader_id(), x.core.is_leader(), x.carry_out().size()};
}

/// True if `body` from a stranger changes nothing, is not answered, and is counted.
bool is_ignored(owner& x, std::uint64_t term, const raft_message_body& body) {
  x.carry_out();
  auto before = belief_of(x);
  auto counted = x.core.strangers_ignored();
  x.receive(stranger, term, body);
  return belief_of(x) == before && x.core.strangers_ignored() == counted + 1;
}

/// Not a tick later than this core's own time-out.
void hear_leader(owner& x, instant span) {
  for (; span.count() > 0; span -= milliseconds{500}) {
    x.receive(2, 1, heartbeat{});
    x.advance(milliseconds{500});
  }
  x.receive(2, 1, heartbeat{});
}

} // namespace

CAF_TEST(a stranger does not lead where a leader is heard however long it tries) {
  owner x{options_for({1, 2, 3})};
  for (int i = 0; i < 3; ++i) {
    hear_leader(x, 2 * patience);
    for (const auto& claim : claims)
      for (auto term : {1u, 2u, 1000u})
        CAF_CHECK(is_ignored(x, term, claim));
  }
}

CAF_TEST(a stranger does not depose a leader however long it leads) {
  owner x{options_for({1})};
  x.lead();
  x.advance(3 * patience);
  for (const auto& claim : claims)
    for (auto ahead : {0u, 1u, 1000u})
      CAF_CHECK(is_ignored(x, x.core.current_term().value() + ahead, claim));
}

CAF_TEST(a leader that does not look after its quorum is deposed by a stranger of a later term only) {
  auto options = options_for({1});
  options.check_quorum = false;
  owner x{options};
  x.lead();
  CAF_CHECK(is_ignored(x, x.core.current_term().value(), heartbeat{}));
  x.receive(stranger, 7, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{stranger});
}

CAF_TEST(whatever a stranger answers nobody is deposed by it) {
  owner x{options_for({1, 2, 3})};
  x.lead();
  auto before = belief_of(x);
  for (const auto& body : std::vector<raft_message_body>{
         append_reply{true, log_index{1}, {}, {}}, append_reply{}, heartbeat_reply{}, heartbeat_reply{1, true},
         vote_reply{false, true}, vote_reply{true, false}, snapshot_reply{}, timeout_now{}, read_index_reply{}})
    x.receive(stranger, 1000, body);
  CAF_CHECK(belief_of(x) == before);
}

CAF_TEST(a stranger is believed when nobody else was heard for so long and no sooner) {
  for (const auto& claim : claims) {
    owner x{options_for({1, 2, 3})};
    hear_leader(x, milliseconds{1000});
    x.advance(patience - milliseconds{1});
    CAF_CHECK(is_ignored(x, 5, claim));
    x.advance(milliseconds{1});
    x.receive(stranger, 5, claim);
    CAF_CHECK(x.core.current_term() == raft_term{5});
  }
}

CAF_TEST(who starts waits as long as if a leader had been heard and after a pause as well) {
  owner x{options_for({1, 2, 3})};
  CAF_CHECK(is_ignored(x, 5, heartbeat{}));
  x.now += 10 * patience;
  x.core.tick(x.now);
  CAF_CHECK(is_ignored(x, 5, heartbeat{}));
}

CAF_TEST(who knows no group follows the first leader at once and does not go over to another one) {
  owner x{options_for({})};
  x.receive(stranger, 3, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{stranger});
  x.receive(8, 9, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{stranger});
  x.receive(stranger, 4, heartbeat{}); // its own leader was elected again
  CAF_CHECK(x.core.current_term() == raft_term{4});
  x.advance(milliseconds{1000});
  x.receive(8, 9, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{8});
}

CAF_TEST(who was removed is a stranger as soon as its removal is committed) {
  owner x{options_for({1, 2, 3})};
  auto without_3 = encode(group_configuration::of({node_id{1}, node_id{2}}));
  x.receive(2, 1, append_request{{}, {}, {entry{log_index{1}, raft_term{1}, {}, entry_kind::config, {}, without_3}}});
  x.carry_out();
  x.receive(2, 1, heartbeat{{log_index{1}, raft_term{1}}});
  auto counted = x.core.strangers_ignored();
  x.receive(3, 2, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{2});
  CAF_CHECK_EQUAL(x.core.strangers_ignored(), counted + 1);
}

CAF_TEST(who may still lead though its removal is in the log is believed) {
  owner x{options_for({1, 2, 3})};
  auto without_3 = encode(group_configuration::of({node_id{1}, node_id{2}}));
  x.receive(2, 1, append_request{{}, {}, {entry{log_index{1}, raft_term{1}, {}, entry_kind::config, {}, without_3}}});
  x.receive(3, 2, heartbeat{});
  CAF_CHECK(x.core.leader_id() == node_id{3});
}

CAF_TEST(who takes no part yet is told of no strangers while a leader that it knows calls) {
  recovered_partition found;
  found.state.lost = log_loss::everything;
  owner x{options_for({1, 2, 3}), std::move(found)};
  auto asks_stranger = [&] {
    x.advance(milliseconds{200});
    auto asked = x.carry_out();
    return std::any_of(asked.begin(), asked.end(), [](const auto& m) { return m.to == node_id{stranger}; });
  };
  hear_leader(x, 2 * patience);
  CAF_CHECK(is_ignored(x, 5, heartbeat{}));
  CAF_CHECK(!asks_stranger());
  x.advance(patience);
  x.receive(stranger, 5, heartbeat{});
  CAF_CHECK(asks_stranger());
}
