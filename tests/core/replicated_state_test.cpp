#include "actors/partition/replicated_state.hpp"

#include <map>
#include <random>
#include <set>

#define CAF_SUITE replicated_state
#include <caf/test/unit_test.hpp>

#include "tests/coordinator/rosters.hpp"

using namespace kommander;

namespace {

using knowledge = session_table::knowledge;
constexpr std::uint64_t hour = session_table::expiry_milliseconds;

bytes text(std::string x) {
  return bytes{std::move(x)};
}

/// A log that grows, and the state that follows it.
class story {
public:
  replicated_state state;
  std::uint64_t milliseconds = 1'000'000;

  /// Commits the entries as one proposal; the effect of the last one.
  replicated_state::effect commit(std::vector<entry> entries) {
    ++counter_;
    replicated_state::effect last;
    for (auto& x : entries) {
      x.index = state.index() + 1;
      x.term = raft_term{1};
      x.time = ticket();
      last = state.commit(std::move(x));
      if (last.deliver)
        delivered.push_back(*last.deliver);
    }
    return last;
  }

  [[nodiscard]] hlc_timestamp ticket() const {
    return {(milliseconds << hlc_timestamp::counter_bits) | counter_, 1};
  }

  replicated_state::effect request(std::uint64_t client, std::uint64_t sequence, std::string payload = "x") {
    return commit({{{}, {}, {}, entry_kind::command, "t", text(std::move(payload)), {client_id{client}, sequence}}});
  }

  hlc_timestamp prepare_many(const std::vector<std::string>& payloads, std::uint64_t decide_before = 0) {
    std::vector<entry> entries;
    for (const auto& x : payloads)
      entries.push_back({{}, {}, {}, entry_kind::prepared, "t", prepare(decide_before, text(x))});
    commit(std::move(entries));
    return ticket();
  }

  entry_outcome decide(const hlc_timestamp& what, verdict how, std::uint64_t parts = 1) {
    std::vector<entry> entries;
    for (std::uint64_t i = 0; i < parts; ++i)
      entries.push_back({{}, {}, {}, entry_kind::decision, {}, encode(ticket_decision{what, how, i, parts})});
    auto effect = commit(std::move(entries));
    CAF_REQUIRE(effect.outcome.has_value());
    return *effect.outcome;
  }

  std::vector<entry> delivered;

private:
  std::uint64_t counter_ = 0;
};

} // namespace

// -- sessions -----------------------------------------------------------------------------------------------------

CAF_TEST(a repeated request is not delivered and is told the position of the first) {
  story log;
  log.request(7, 1);
  auto first = log.ticket();
  log.request(8, 1);
  auto again = log.request(7, 1);
  CAF_CHECK(!again.deliver);
  CAF_REQUIRE(again.outcome.has_value());
  CAF_CHECK(again.outcome->code == status::success);
  CAF_CHECK(again.outcome->ticket == first);
  CAF_CHECK(again.outcome->index == log_index{1});
  CAF_CHECK_EQUAL(log.delivered.size(), 2u);
}

CAF_TEST(all entries of a request are delivered and none of its repetition) {
  story log;
  auto many = [] {
    std::vector<entry> x;
    for (const auto* payload : {"a", "b", "c"})
      x.push_back({{}, {}, {}, entry_kind::command, "t", text(payload), {client_id{7}, 1}});
    return x;
  };
  CAF_CHECK(log.commit(many()).deliver.has_value());
  CAF_CHECK_EQUAL(log.delivered.size(), 3u);
  auto again = log.commit(many());
  CAF_CHECK_EQUAL(log.delivered.size(), 3u);
  CAF_REQUIRE(again.outcome.has_value());
  CAF_CHECK(again.outcome->index == log_index{3}); // the last of the first proposal
}

CAF_TEST(requests of one client may be committed in any order) {
  story log;
  log.request(7, 1);
  log.request(7, 3);
  CAF_CHECK(log.request(7, 2).deliver.has_value());
  CAF_CHECK(!log.request(7, 3).deliver.has_value());
}

CAF_TEST(a session begins with request one and forgets what is too old) {
  story log;
  auto stray = log.request(7, 2);
  CAF_CHECK(!stray.deliver);
  CAF_CHECK(stray.outcome && stray.outcome->code == status::session_expired);
  for (std::uint64_t i = 1; i <= session_table::results_max + 1; ++i)
    log.request(7, i);
  auto old = log.request(7, 1);
  CAF_CHECK(!old.deliver);
  CAF_CHECK(old.outcome && old.outcome->code == status::session_expired);
  CAF_CHECK(!log.request(7, 2).deliver); // the oldest that is remembered
  CAF_CHECK(log.request(7, 2).outcome->code == status::success);
}

CAF_TEST(a session ends an hour after the last request by the time of the log) {
  story log;
  log.request(7, 1);
  log.milliseconds += hour;
  log.request(7, 2); // in time
  log.milliseconds += hour + 1;
  auto late = log.request(7, 2);
  CAF_CHECK(!late.deliver);
  CAF_CHECK(late.outcome && late.outcome->code == status::session_expired);
  CAF_CHECK(log.request(7, 1).deliver.has_value()); // a new session
}

CAF_TEST(sessions are bounded and expired ones make room) {
  story log;
  for (std::uint64_t i = 1; i <= session_table::sessions_max; ++i)
    log.request(i, 1);
  CAF_CHECK_EQUAL(log.state.sessions().size(), session_table::sessions_max);
  auto refused = log.request(9999, 1);
  CAF_CHECK(!refused.deliver);
  CAF_CHECK(refused.outcome && refused.outcome->code == status::proposal_queue_full);
  CAF_CHECK(log.request(1, 2).deliver.has_value()); // those that run go on
  log.milliseconds += hour + 1;
  CAF_CHECK(log.request(9999, 1).deliver.has_value());
  CAF_CHECK_EQUAL(log.state.sessions().size(), 1u);
}

CAF_TEST(a time that goes back ends no session early) {
  story log;
  log.request(7, 1);
  log.milliseconds -= 500'000;
  CAF_CHECK(!log.request(7, 1).deliver);
  CAF_CHECK(log.state.milliseconds() == 1'000'000);
}

// -- manual proposals -----------------------------------------------------------------------------------------------

CAF_TEST(a prepared entry is delivered where its decision stands) {
  story log;
  auto ticket = log.prepare_many({"a"});
  log.request(1, 1, "later");
  CAF_CHECK_EQUAL(log.delivered.size(), 1u);
  auto outcome = log.decide(ticket, verdict::commit);
  CAF_CHECK(outcome.code == status::success);
  CAF_REQUIRE_EQUAL(log.delivered.size(), 2u);
  const auto& x = log.delivered.back();
  CAF_CHECK(x.index == log_index{3});
  CAF_CHECK(outcome.index == x.index);
  CAF_CHECK(x.time == ticket);
  CAF_CHECK(x.kind == entry_kind::command);
  CAF_CHECK_EQUAL(x.payload.view(), "a");
  CAF_CHECK_EQUAL(log.state.tickets().open_bytes(), 0u);
}

CAF_TEST(each entry of a ticket is delivered at an index of its own) {
  story log;
  auto ticket = log.prepare_many({"a", "b"});
  CAF_CHECK(log.decide(ticket, verdict::commit, 2).index == log_index{4});
  CAF_REQUIRE_EQUAL(log.delivered.size(), 2u);
  CAF_CHECK(log.delivered[0].index == log_index{3} && log.delivered[0].payload.view() == "a");
  CAF_CHECK(log.delivered[1].index == log_index{4} && log.delivered[1].payload.view() == "b");
}

CAF_TEST(a ticket rolled back is never delivered) {
  story log;
  auto ticket = log.prepare_many({"a", "b"});
  CAF_CHECK(log.decide(ticket, verdict::rollback).code == status::success);
  CAF_CHECK(log.decide(ticket, verdict::commit, 2).code == status::errored);
  CAF_CHECK(log.delivered.empty());
  CAF_CHECK(log.state.tickets().open().empty());
}

CAF_TEST(the same decision again is a success with the index of the first and the opposite is refused) {
  story log;
  auto ticket = log.prepare_many({"a"});
  auto first = log.decide(ticket, verdict::commit);
  auto again = log.decide(ticket, verdict::commit);
  CAF_CHECK(again.code == status::success);
  CAF_CHECK(again.index == first.index);
  auto opposite = log.decide(ticket, verdict::rollback);
  CAF_CHECK(opposite.code == status::errored);
  CAF_CHECK(opposite.reason.find("committed at index 2") != std::string::npos);
  CAF_CHECK_EQUAL(log.delivered.size(), 1u);
}

CAF_TEST(a decision about an unknown ticket or a part of one changes nothing) {
  story log;
  CAF_CHECK(log.decide({12345, 1}, verdict::commit).code == status::proposal_not_found);
  auto ticket = log.prepare_many({"a", "b"});
  CAF_CHECK(log.decide(ticket, verdict::commit, 1).code == status::proposal_not_found);
  CAF_CHECK_EQUAL(log.state.tickets().open().size(), 1u);
  CAF_CHECK(log.decide(ticket, verdict::commit, 2).code == status::success);
  CAF_CHECK_EQUAL(log.delivered.size(), 2u);
}

CAF_TEST(decided tickets are remembered up to a bound) {
  story log;
  auto first = log.prepare_many({"a"});
  log.decide(first, verdict::rollback);
  for (std::size_t i = 0; i < ticket_table::decided_max; ++i)
    log.decide(log.prepare_many({"b"}), verdict::rollback);
  CAF_CHECK(log.decide(first, verdict::rollback).code == status::proposal_not_found);
}

CAF_TEST(entries that cannot be read change nothing) {
  story log;
  log.commit({{{}, {}, {}, entry_kind::prepared, "t", bytes{}}});
  CAF_CHECK(log.state.tickets().open().empty());
  auto effect = log.commit({{{}, {}, {}, entry_kind::decision, {}, text("no decision")}});
  CAF_CHECK(effect.outcome && effect.outcome->code == status::errored);
}

// -- as a whole -----------------------------------------------------------------------------------------------------

namespace {

/// A random log of all kinds, with repetitions and decisions that contradict each other.
void grow(story& log, std::mt19937_64& random, std::vector<hlc_timestamp>& tickets) {
  log.milliseconds += random() % 200'000;
  switch (random() % 6) {
    case 0: tickets.push_back(log.prepare_many(std::vector<std::string>(random() % 3 + 1, "p"), random() % 2)); return;
    case 1:
    case 2:
      if (!tickets.empty()) {
        auto ticket = tickets[random() % tickets.size()];
        auto how = static_cast<verdict>(random() % 2);
        log.decide(ticket, how, how == verdict::commit ? random() % 3 + 1 : 1);
        return;
      }
      [[fallthrough]];
    case 3: log.commit({{{}, {}, {}, random() % 2 ? entry_kind::checkpoint : entry_kind::noop, {}, {}}}); return;
    default: log.request(random() % 5 + 1, random() % 100 + 1);
  }
}

} // namespace

CAF_TEST(a state that is encoded and decoded goes on as if nothing had happened) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    story log;
    std::vector<hlc_timestamp> tickets;
    for (int i = 0; i < 500; ++i) {
      grow(log, random, tickets);
      if (i % 20 != 0)
        continue;
      auto copy = replicated_state::decode(log.state.encode());
      CAF_REQUIRE(copy.has_value());
      CAF_REQUIRE(*copy == log.state);
      log.state = *std::move(copy);
    }
  }
}

CAF_TEST(no request is delivered twice while its session lasts and no ticket is decided both ways) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    story log;
    std::vector<hlc_timestamp> tickets;
    for (int i = 0; i < 1000; ++i) {
      grow(log, random, tickets);
      log.milliseconds = 1'000'000; // no session ends
    }
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    std::map<hlc_timestamp, std::size_t> parts;
    log_index before;
    for (const auto& x : log.delivered) {
      CAF_REQUIRE(x.index > before);
      before = x.index;
      if (x.origin.client)
        CAF_REQUIRE(seen.emplace(x.origin.client.value(), x.origin.sequence).second);
    }
    CAF_CHECK(!seen.empty());
  }
}

CAF_TEST(a damaged state is refused or read but never believed to be longer than it is) {
  story log;
  std::mt19937_64 random{1};
  std::vector<hlc_timestamp> tickets;
  for (int i = 0; i < 50; ++i)
    grow(log, random, tickets);
  auto whole = std::string{log.state.encode().view()};
  for (std::size_t n = 0; n < whole.size(); ++n)
    CAF_REQUIRE(!replicated_state::decode(text(whole.substr(0, n))));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto damaged = whole;
    damaged[n] = static_cast<char>(random());
    (void)replicated_state::decode(text(damaged)); // whatever it is, it ends
  }
}

// -- keys that move -----------------------------------------------------------------------------------------------

namespace {

constexpr hash_range low{0, 999};
constexpr hash_range high{1000, place_max};

/// Moves `high` from partition 1 to partition 2.
moving_state move_of(std::uint64_t operation = 5) {
  return {operation_id{operation}, partition_id{1}, partition_id{2}, true, high, false};
}

ownership_change change_of(ownership_step step, std::uint64_t generation_number = 2, moving_state what = move_of()) {
  ownership_change x;
  x.step = step;
  x.what = what;
  x.current = generation{generation_number};
  x.owns = step == ownership_step::release ? low : high;
  return x;
}

entry control(const ownership_change& x) {
  return {{}, {}, {}, entry_kind::control, {}, encode(x)};
}

partition_info born(std::uint64_t id, bool receiving) {
  partition_info x;
  x.id = partition_id{id};
  x.routed = true;
  x.born_receiving = receiving;
  x.born_with = receiving ? high : hash_range{};
  return x;
}

/// The source and the target of a move, each with its log.
struct two_partitions {
  two_partitions() {
    source.state = replicated_state{{}, born(1, false)};
    target.state = replicated_state{{}, born(2, true)};
  }

  replicated_state::effect import(const std::string& data, std::uint64_t number = 0, bool last = true,
                                  std::uint64_t attempt = 1) {
    auto x = change_of(ownership_step::import);
    x.attempt = attempt;
    x.number = number;
    x.library = number == 0 ? source.state.encode_moving(move_of()) : bytes{};
    x.data = text(data);
    x.last = last;
    return target.commit({control(x)});
  }

  hlc_timestamp prepare_at(std::uint32_t place) {
    source.commit({{{}, {}, {}, entry_kind::prepared, "t", prepare(0, text("p"), place)}});
    return source.ticket();
  }

  story source, target;
};

} // namespace

CAF_TEST(a fence holds what moves and nothing else) {
  two_partitions x;
  const auto& owner = x.source.state.owner();
  CAF_CHECK(!owner.refusal(1500, {}) && !owner.refusal(5, {}) && !owner.refusal(any_place, {}));
  CAF_CHECK(!x.source.commit({control(change_of(ownership_step::fence))}).outcome);
  CAF_CHECK(owner.refusal(1500, {}).has_value());
  CAF_CHECK(!owner.refusal(5, {}));
  CAF_CHECK(owner.refusal(any_place, {}).has_value()); // it may be meant for what moves
  CAF_CHECK(!owner.refusal(any_place, generation{2})); // whoever knows the generation knows the move
  CAF_CHECK(owner.refusal(5, generation{1}).has_value());
  x.source.commit({control(change_of(ownership_step::unfence, 3))});
  CAF_CHECK(!owner.refusal(1500, {}) && !owner.refusal(any_place, generation{3}));
  auto late = x.source.commit({control(change_of(ownership_step::fence))});
  CAF_REQUIRE(late.outcome.has_value());
  CAF_CHECK(late.outcome->code == status::errored);
  CAF_CHECK(!owner.refusal(1500, {}));
}

CAF_TEST(a target serves when everything has come and it was told to) {
  two_partitions x;
  const auto& owner = x.target.state.owner();
  CAF_CHECK(owner.refusal(1500, {}).has_value());
  x.source.commit({control(change_of(ownership_step::fence))});
  CAF_CHECK(x.import("a", 0, false).deliver.has_value());
  auto early = x.target.commit({control(change_of(ownership_step::activate))});
  CAF_REQUIRE(early.outcome.has_value());
  CAF_CHECK(early.outcome->code == status::errored);
  CAF_CHECK(!x.import("a", 0, false).deliver);           // a repetition
  CAF_CHECK(x.import("b", 2, true).outcome.has_value()); // one is missing
  CAF_CHECK(x.import("c", 1, true).deliver.has_value());
  CAF_CHECK(owner.refusal(1500, {}).has_value());
  CAF_CHECK(!x.target.commit({control(change_of(ownership_step::activate))}).outcome);
  CAF_CHECK(!owner.refusal(1500, {}) && owner.refusal(5, {}).has_value());
  CAF_CHECK(x.import("late", 0, true, 9).outcome.has_value());
}

CAF_TEST(another attempt begins anew and an earlier one is not taken any more) {
  two_partitions x;
  x.source.commit({control(change_of(ownership_step::fence))});
  CAF_CHECK(x.import("a", 0, false, 1).deliver.has_value());
  CAF_CHECK(x.import("b", 1, true, 2).outcome.has_value());
  CAF_CHECK(x.import("a", 0, false, 2).deliver.has_value());
  CAF_CHECK(x.import("b", 1, true, 1).outcome.has_value());
  CAF_CHECK(x.import("b", 1, true, 2).deliver.has_value());
  CAF_CHECK(!x.target.commit({control(change_of(ownership_step::activate))}).outcome);
}

CAF_TEST(a request that was applied before its key moved is known where the key is now) {
  two_partitions x;
  x.source.request(7, 1);
  x.source.request(7, 2);
  auto ticket = x.source.ticket();
  x.source.commit({control(change_of(ownership_step::fence))});
  x.import("a");
  CAF_CHECK_EQUAL(x.target.state.sessions().size(), 0u); // until it serves, nobody asks
  CAF_CHECK(!x.target.state.taken_over_at());
  x.target.commit({control(change_of(ownership_step::activate))});
  CAF_CHECK(x.target.state.taken_over_at() == x.target.state.index()); // told of only behind this entry
  auto copy = replicated_state::decode(x.target.state.encode());
  CAF_REQUIRE(copy.has_value());
  CAF_CHECK(*copy == x.target.state);
  auto again = x.target.request(7, 2);
  CAF_CHECK(!again.deliver);
  CAF_REQUIRE(again.outcome.has_value());
  CAF_CHECK(again.outcome->code == status::success && again.outcome->ticket == ticket);
  CAF_CHECK(x.target.request(7, 3).deliver.has_value());
}

CAF_TEST(undecided tickets go with their keys and are decided where they are) {
  two_partitions x;
  auto stays = x.prepare_at(5);
  auto moves = x.prepare_at(1500);
  auto placeless = x.prepare_at(any_place);
  x.source.commit({control(change_of(ownership_step::fence))});
  CAF_CHECK(x.source.decide(moves, verdict::commit).code == status::partition_moved);
  CAF_CHECK(x.source.decide(stays, verdict::commit).code == status::success);
  x.import("a");
  x.target.commit({control(change_of(ownership_step::activate))});
  auto released = x.source.commit({control(change_of(ownership_step::release, 3))});
  CAF_REQUIRE(released.deliver.has_value());
  CAF_CHECK(released.deliver->kind == entry_kind::control);
  CAF_CHECK(x.source.decide(moves, verdict::commit).code == status::proposal_not_found);
  CAF_CHECK(x.source.decide(placeless, verdict::rollback).code == status::success);
  auto before = x.target.delivered.size();
  CAF_CHECK(x.target.decide(moves, verdict::commit).code == status::success);
  CAF_CHECK_EQUAL(x.target.delivered.size(), before + 1);
  CAF_CHECK(x.target.decide(stays, verdict::rollback).code == status::errored); // what was decided before the move
  CAF_CHECK_EQUAL(x.target.state.tickets().open_bytes(), 0u);
  CAF_CHECK_EQUAL(x.source.state.tickets().open_bytes(), 0u);
}

CAF_TEST(what was taken over for a move that is rolled back is forgotten) {
  two_partitions x;
  x.prepare_at(1500);
  x.source.request(7, 1);
  x.source.commit({control(change_of(ownership_step::fence))});
  x.import("a");
  CAF_CHECK(x.target.commit({control(change_of(ownership_step::discard))}).deliver.has_value());
  CAF_CHECK_EQUAL(x.target.state.sessions().size(), 0u);
  CAF_CHECK(x.target.state.tickets().open().empty());
  CAF_CHECK(!x.target.commit({control(change_of(ownership_step::discard))}).deliver); // a repetition
}

CAF_TEST(a client that used one number for two requests is told that it cannot be known) {
  story one, other;
  one.request(7, 1);
  other.milliseconds += 5;
  other.request(7, 1);
  one.request(8, 1);
  auto table = one.state.sessions();
  table.add(other.state.sessions());
  CAF_CHECK(table.look_up({client_id{7}, 1}, one.milliseconds).what == knowledge::expired);
  CAF_CHECK(table.look_up({client_id{7}, 2}, one.milliseconds).what == knowledge::expired);
  CAF_CHECK(table.look_up({client_id{8}, 1}, one.milliseconds).what == knowledge::done);
  CAF_CHECK(table.look_up({client_id{8}, 2}, one.milliseconds).what == knowledge::fresh);
}

CAF_TEST(sessions that were divided and come together again know what both know) {
  story source;
  for (std::uint64_t i = 1; i <= 70; ++i)
    source.request(7, i);
  auto table = source.state.sessions();
  for (std::uint64_t i = 71; i <= 80; ++i)
    source.request(7, i);
  table.add(source.state.sessions());
  CAF_CHECK(table.look_up({client_id{7}, 80}, source.milliseconds).what == knowledge::done);
  CAF_CHECK(table.look_up({client_id{7}, 20}, source.milliseconds).what == knowledge::done);
  CAF_CHECK(table.look_up({client_id{7}, 10}, source.milliseconds).what == knowledge::expired);
  CAF_CHECK(table.look_up({client_id{7}, 81}, source.milliseconds).what == knowledge::fresh);
}

CAF_TEST(the state of a partition in the middle of a move survives its encoding) {
  two_partitions x;
  x.prepare_at(1500);
  x.source.commit({control(change_of(ownership_step::fence))});
  x.import("a", 0, false);
  for (const auto* state : {&x.source.state, &x.target.state}) {
    auto copy = replicated_state::decode(state->encode());
    CAF_REQUIRE(copy.has_value());
    CAF_CHECK(*copy == *state);
  }
  story system;
  system.commit(
    {{{}, {}, {}, entry_kind::control, {}, encode(map_command{map_initialize{3, test::first_members(3)}})}});
  CAF_CHECK_EQUAL(system.state.map().map().partitions.size(), 3u);
  auto copy = replicated_state::decode(system.state.encode());
  CAF_REQUIRE(copy.has_value());
  CAF_CHECK(*copy == system.state);
}
