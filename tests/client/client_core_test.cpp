#define CAF_SUITE client_core

#include "actors/client/client_core.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

constexpr partition_id p{1};
constexpr partition_id q{2};
constexpr node_id a{1}, b{2}, c{3};

using map_ptr = std::shared_ptr<const partition_map>;

/// p owns the places up to 99, q the others.
map_ptr two_partitions(std::uint64_t version = 1, std::uint32_t boundary = 100) {
  auto map = std::make_shared<partition_map>();
  map->version = map_version{version};
  map->partitions.resize(2);
  for (auto& x : map->partitions)
    x.routed = true;
  map->partitions[0].id = p;
  map->partitions[0].range = {0, boundary - 1};
  map->partitions[1].id = q;
  map->partitions[1].range = {boundary, place_max};
  return map;
}

map_ptr one_partition(std::uint64_t version) {
  auto map = std::make_shared<partition_map>(*two_partitions(version));
  map->partitions[0].state = partition_state::removed;
  map->partitions[1].range.first = 0;
  return map;
}

/// A core, its time, and what it has decided.
struct client {
  explicit client(client_core_options options = {}) : core{options} {
    core.tick(now);
  }

  /// Connected to three nodes, with the map.
  static client ready(client_core_options options = {}) {
    client x{options};
    for (auto node : {a, b, c})
      x.core.connected(node, node == b);
    x.refresh(two_partitions());
    return x;
  }

  void refresh(const map_ptr& map) {
    auto asked = core.take_refresh();
    CAF_REQUIRE(asked);
    core.map_answered(*asked, map);
  }

  request_number write(std::uint32_t place, instant within = 10s) {
    return core.add({.place = place, .bytes = 10}, now + within);
  }

  request_number read(std::uint32_t place, read_policy policy) {
    return core.add({.place = place, .bytes = 0, .is_write = false, .policy = policy}, now + 10s);
  }

  void pass(instant time) {
    for (auto end = now + time; now < end;) {
      now += std::min<instant>(20ms, end - now);
      core.tick(now);
    }
  }

  /// What is sent, after whatever back-off.
  client_send next() {
    auto all = sends();
    for (auto i = 0; i < 100 && all.empty(); ++i) {
      pass(20ms);
      all = sends();
    }
    CAF_REQUIRE_EQUAL(all.size(), 1u);
    return all.front();
  }

  std::vector<client_send> sends() {
    return core.take_sends();
  }

  void answer(const client_send& x, status code, node_id leader = {}) {
    core.answered(x.request, x.attempt, {code, leader, std::string{to_string(code)}});
  }

  client_end end() {
    auto all = core.take_ends();
    CAF_REQUIRE_EQUAL(all.size(), 1u);
    return all.front();
  }

  /// Makes the partition's leader and session known.
  node_id establish(std::uint32_t place) {
    write(place);
    auto sent = next();
    answer(sent, status::success);
    end();
    return sent.node;
  }

  instant now{1s};
  client_core core;
};

} // namespace

// -- routes ---------------------------------------------------------------------------------------------------------

CAF_TEST(requests wait for the map and then go where their keys are owned) {
  client x;
  auto low = x.write(5);
  auto high = x.write(500);
  CAF_CHECK(!x.core.take_refresh()); // nobody can be asked
  x.core.connected(a, false);
  CAF_CHECK(x.sends().empty());
  x.refresh(two_partitions());
  auto sent = x.sends();
  CAF_REQUIRE_EQUAL(sent.size(), 2u);
  CAF_CHECK(sent[0].request == low && sent[0].partition == p);
  CAF_CHECK(sent[1].request == high && sent[1].partition == q);
  CAF_CHECK(sent[0].session.client != sent[1].session.client);
  x.answer(sent[1], status::success);
  auto end = x.end();
  CAF_CHECK(end.request == high && end.partition == q && end.node == a && end.code == status::success);
}

CAF_TEST(the map is asked for once at a time and of each node in turn) {
  client x;
  for (auto node : {a, b, c})
    x.core.connected(node, false);
  std::set<node_id> asked;
  for (auto i = 0; i < 3; ++i) {
    x.pass(1s);
    auto node = x.core.take_refresh();
    CAF_REQUIRE(node);
    CAF_CHECK(!x.core.take_refresh());
    asked.insert(*node);
    x.core.map_answered(*node, std::make_shared<const partition_map>()); // it does not know the map yet
    CAF_CHECK(!x.core.take_refresh());
  }
  CAF_CHECK_EQUAL(asked.size(), 3u);
  x.pass(1s);
  x.refresh(two_partitions());
  x.pass(1min);
  CAF_CHECK(!x.core.take_refresh());
}

CAF_TEST(a node that does not tell the map is asked no more) {
  client x;
  x.core.connected(a, false);
  x.core.connected(b, false);
  auto first = x.core.take_refresh();
  x.pass(6s);
  auto second = x.core.take_refresh();
  CAF_REQUIRE(first && second);
  CAF_CHECK(*first != *second);
  x.core.map_answered(*first, two_partitions(7)); // too late
  CAF_CHECK(x.core.map() == nullptr);
  x.core.map_answered(*second, two_partitions(7));
  CAF_CHECK(x.core.map() != nullptr);
}

CAF_TEST(a write that was only refused is numbered anew where its key is now) {
  auto x = client::ready();
  x.establish(5);
  x.establish(500);
  auto id = x.write(50);
  auto sent = x.next();
  CAF_CHECK(sent.partition == p);
  x.answer(sent, status::partition_moved);
  x.refresh(two_partitions(2, 40));
  auto again = x.next();
  CAF_CHECK(again.request == id && again.partition == q);
  CAF_CHECK(again.session.client != sent.session.client);
}

CAF_TEST(writes that wait for a key that moves keep no others out) {
  auto x = client::ready();
  x.establish(5);
  for (auto i = 0; i < 200; ++i) {
    x.write(50);
    for (const auto& sent : x.sends())
      x.answer(sent, status::partition_moved);
  }
  x.write(5);
  auto sent = x.next();
  CAF_CHECK(sent.partition == p);
  x.answer(sent, status::success);
  CAF_CHECK(x.end().code == status::success);
}

CAF_TEST(a key that has moved is followed and a write that may have been applied keeps its number) {
  auto x = client::ready();
  x.establish(5);
  x.establish(500);
  auto id = x.write(50);
  auto sent = x.next();
  CAF_CHECK(sent.partition == p);
  x.answer(sent, status::proposal_timeout);
  x.pass(1s);
  auto second = x.next();
  CAF_CHECK(second.session == sent.session);
  x.answer(second, status::partition_moved);
  x.refresh(two_partitions(2, 40));
  auto again = x.next();
  CAF_CHECK(again.request == id && again.partition == q);
  CAF_CHECK(again.session == sent.session);
  // new writes to the same key are numbered in the session of their partition
  x.write(51);
  auto other = x.next();
  CAF_CHECK(other.partition == q);
  CAF_CHECK(other.session.client != sent.session.client);
}

CAF_TEST(while nobody takes a key that moves it is tried again with pauses) {
  auto x = client::ready();
  x.establish(5);
  x.write(5);
  auto refusals = 0;
  for (auto end = x.now + 5s; x.now < end;) {
    for (const auto& sent : x.sends()) {
      x.answer(sent, status::partition_moved);
      ++refusals;
    }
    if (auto asked = x.core.take_refresh())
      x.core.map_answered(*asked, two_partitions(1));
    x.pass(20ms);
  }
  CAF_CHECK(refusals >= 8);
  CAF_CHECK(refusals <= 60);
}

CAF_TEST(a key that nobody owns is refused) {
  auto x = client::ready();
  auto map = std::make_shared<partition_map>(*two_partitions(2));
  map->partitions[0].state = partition_state::removed;
  x.write(5);
  x.answer(x.next(), status::unknown_partition);
  x.refresh(map);
  CAF_CHECK(x.end().code == status::unknown_partition);
  x.write(6);
  x.pass(1s);
  x.refresh(map);
  CAF_CHECK(x.end().code == status::unknown_partition);
  x.pass(1s);
  CAF_CHECK(!x.core.take_refresh());
}

CAF_TEST(what waits for a partition goes elsewhere with the keys) {
  auto x = client::ready({.in_flight_max = 1});
  x.establish(5);
  x.write(5);
  x.write(6);
  x.write(7);
  x.answer(x.next(), status::partition_moved);
  auto under_way = x.next(); // and the third one waits
  x.refresh(one_partition(2));
  for (auto i = 0; i < 2; ++i) {
    auto sent = x.next();
    CAF_CHECK(sent.partition == q);
    x.answer(sent, status::success);
    CAF_CHECK(x.end().code == status::success);
  }
  x.answer(under_way, status::unknown_partition);
  x.pass(1s);
  x.refresh(one_partition(2));
  auto last = x.next();
  CAF_CHECK(last.partition == q);
  x.answer(last, status::success);
  CAF_CHECK(x.end().code == status::success);
  CAF_CHECK(x.core.is_idle());
}

// -- leaders --------------------------------------------------------------------------------------------------------

CAF_TEST(a node that is not known to lead gets one request at a time) {
  auto x = client::ready();
  x.establish(5);
  auto leader = x.establish(5);
  x.core.disconnected(leader);
  for (auto i = 0; i < 5; ++i)
    x.write(5);
  auto probe = x.next();
  x.pass(1s);
  CAF_CHECK(x.sends().empty());
  x.answer(probe, status::success);
  CAF_CHECK_EQUAL(x.sends().size(), 4u);
}

CAF_TEST(the leader that an answer names is asked at once) {
  auto x = client::ready();
  x.write(5);
  auto first = x.next();
  auto other = first.node == a ? b : a;
  x.answer(first, status::node_is_not_leader, other);
  auto sent = x.sends();
  CAF_REQUIRE_EQUAL(sent.size(), 1u);
  CAF_CHECK(sent[0].node == other);
  CAF_CHECK(sent[0].session == first.session);
  CAF_CHECK(sent[0].attempt > first.attempt);
}

CAF_TEST(nodes that name each other are not asked in a circle without a pause) {
  auto x = client::ready();
  x.write(5);
  auto asked = 0;
  for (auto end = x.now + 3s; x.now < end; x.pass(20ms))
    for (auto sent = x.sends(); !sent.empty(); sent = x.sends()) {
      ++asked;
      x.answer(sent[0], status::node_is_not_leader, sent[0].node == a ? b : a);
      CAF_REQUIRE(asked < 100);
    }
  CAF_CHECK(asked >= 5);
  CAF_CHECK(asked <= 20);
}

CAF_TEST(while there is no leader all nodes are asked in turn) {
  auto x = client::ready();
  x.write(5);
  std::set<node_id> asked;
  for (auto i = 0; i < 6; ++i) {
    auto sent = x.next();
    asked.insert(sent.node);
    x.answer(sent, status::node_is_not_leader);
  }
  CAF_CHECK_EQUAL(asked.size(), 3u);
}

CAF_TEST(a leader that is not ready or full is asked again) {
  for (auto code : {status::proposal_queue_full, status::restore_in_progress, status::follower_wal_saturated}) {
    auto x = client::ready();
    auto leader = x.establish(5);
    x.write(5);
    x.answer(x.next(), code);
    CAF_CHECK(x.sends().empty());
    CAF_CHECK(x.next().node == leader);
  }
}

CAF_TEST(a leader that is lost is replaced and what it had is sent again with its number) {
  auto x = client::ready();
  auto leader = x.establish(5);
  x.write(5);
  x.write(6);
  auto lost = x.sends();
  CAF_REQUIRE_EQUAL(lost.size(), 2u);
  x.core.disconnected(leader);
  auto first = x.next();
  CAF_CHECK(first.node != leader);
  x.answer(first, status::success);
  auto second = x.next();
  CAF_CHECK(second.node == first.node);
  CAF_CHECK((first.session == lost[0].session && second.session == lost[1].session)
            || (first.session == lost[1].session && second.session == lost[0].session));
}

CAF_TEST(a node that hangs is given up and what it does late counts) {
  auto x = client::ready();
  auto leader = x.establish(5);
  auto id = x.write(5);
  auto silent = x.next();
  x.pass(6s);
  auto again = x.next();
  CAF_CHECK(again.node != leader);
  CAF_CHECK(again.session == silent.session);
  x.answer(silent, status::node_is_not_leader); // an old refusal tells nothing
  CAF_CHECK(x.core.take_ends().empty());
  x.answer(silent, status::success);
  CAF_CHECK(x.end().request == id);
  x.answer(again, status::success);
  CAF_CHECK(x.core.take_ends().empty());
  CAF_CHECK(x.core.is_idle());
}

// -- outcomes -------------------------------------------------------------------------------------------------------

CAF_TEST(a write whose outcome is unknown is sent again with its number) {
  for (auto code : {status::proposal_timeout, status::replication_failed, status::storage_failed}) {
    auto x = client::ready();
    x.establish(5);
    x.write(5);
    auto sent = x.next();
    x.answer(sent, code);
    auto again = x.next();
    CAF_CHECK(again.session == sent.session);
    x.answer(again, status::success);
    auto end = x.end();
    CAF_CHECK(end.code == status::success);
    CAF_CHECK_EQUAL(end.attempts, 2u);
  }
}

CAF_TEST(what can never be taken is refused at once) {
  for (auto code : {status::invalid_argument, status::payload_too_large, status::unauthorized}) {
    auto x = client::ready();
    x.write(5);
    x.answer(x.next(), code);
    auto end = x.end();
    CAF_CHECK(end.code == code);
    CAF_CHECK(!end.reason.empty());
    // it was the first of its session, which has not begun by it
    x.write(5);
    CAF_CHECK_EQUAL(x.next().session.sequence, 1u);
  }
}

CAF_TEST(a session that has expired is replaced for what was sent but once) {
  auto x = client::ready();
  x.establish(5);
  x.write(5);
  auto sent = x.next();
  x.answer(sent, status::session_expired);
  auto again = x.next();
  CAF_CHECK(again.session.client != sent.session.client);
  CAF_CHECK_EQUAL(again.session.sequence, 1u);
  x.answer(again, status::success);
  CAF_CHECK(x.end().code == status::success);
}

CAF_TEST(a session that has expired is reported for what may have been applied) {
  auto x = client::ready();
  x.establish(5);
  x.write(5);
  x.answer(x.next(), status::replication_failed);
  x.answer(x.next(), status::session_expired);
  CAF_CHECK(x.end().code == status::session_expired);
  CAF_CHECK(x.core.is_idle());
}

CAF_TEST(the first write of a session is alone until it is answered) {
  auto x = client::ready();
  for (auto i = 0; i < 10; ++i)
    x.write(5);
  auto first = x.next();
  CAF_CHECK_EQUAL(first.session.sequence, 1u);
  x.answer(first, status::replication_failed);
  auto again = x.next();
  CAF_CHECK(again.session == first.session);
  x.answer(again, status::success);
  auto others = x.sends();
  CAF_REQUIRE_EQUAL(others.size(), 9u);
  for (std::size_t i = 0; i < 9; ++i)
    CAF_CHECK(others[i].session == (session_number{first.session.client, 2 + i}));
}

CAF_TEST(no more is under way than a session remembers) {
  auto x = client::ready();
  x.establish(5);
  for (auto i = 0; i < 200; ++i)
    x.write(5);
  auto sent = x.sends();
  CAF_CHECK_EQUAL(sent.size(), 64u);
  for (std::size_t i = 1; i < 64; ++i)
    x.answer(sent[i], status::success);
  CAF_CHECK(x.sends().empty()); // the oldest one must not be forgotten
  x.answer(sent[0], status::success);
  CAF_CHECK_EQUAL(x.sends().size(), 64u);
}

CAF_TEST(only so much waits) {
  auto x = client::ready({.open_requests_max = 3, .open_bytes_max = 25});
  CAF_CHECK(x.write(5));
  CAF_CHECK(x.write(5));
  CAF_CHECK(!x.write(5)); // thirty bytes
  CAF_CHECK(x.read(5, read_policy::leader));
  CAF_CHECK(!x.read(5, read_policy::leader));
  for (const auto& sent : x.sends())
    x.answer(sent, status::success);
  CAF_CHECK(x.write(5));
}

CAF_TEST(in the end a caller is told what is known) {
  client alone;
  alone.write(5, 1s);
  alone.pass(1s);
  CAF_CHECK(alone.end().code == status::errored); // certainly not applied

  auto refused = client::ready();
  refused.write(5, 1s);
  for (auto end = refused.now + 1s; refused.now < end; refused.pass(20ms))
    for (const auto& sent : refused.sends())
      refused.answer(sent, status::node_is_not_leader);
  CAF_CHECK(refused.end().code == status::node_is_not_leader);

  auto unknown = client::ready();
  unknown.write(5, 1s);
  unknown.answer(unknown.next(), status::replication_failed);
  for (auto end = unknown.now + 1s; unknown.now < end; unknown.pass(20ms))
    for (const auto& sent : unknown.sends())
      unknown.answer(sent, status::node_is_not_leader);
  CAF_CHECK(unknown.end().code == status::proposal_timeout);

  auto waiting = client::ready();
  waiting.write(5, 1s);
  auto sent = waiting.next();
  waiting.pass(1s);
  CAF_CHECK(waiting.end().code == status::proposal_timeout);
  waiting.answer(sent, status::success);
  CAF_CHECK(waiting.core.take_ends().empty());
  CAF_CHECK(waiting.core.is_idle());
}

CAF_TEST(a write that is given up does not hold up those behind it) {
  auto x = client::ready();
  x.write(5, 1s);
  x.write(5, 30s);
  auto first = x.next();
  x.pass(1s);
  x.end();
  auto second = x.next();
  CAF_CHECK(second.session.client != first.session.client); // whether that session has begun is not known
  CAF_CHECK_EQUAL(second.session.sequence, 1u);
}

// -- reads ----------------------------------------------------------------------------------------------------------

CAF_TEST(reads go to the leader or to a node of this process and are not numbered) {
  auto x = client::ready();
  auto leader = x.establish(5);
  x.read(5, read_policy::leader);
  auto at_leader = x.next();
  CAF_CHECK(at_leader.node == leader);
  CAF_CHECK(!at_leader.session.client);
  for (auto policy : {read_policy::follower, read_policy::local}) {
    x.read(5, policy);
    auto sent = x.next();
    CAF_CHECK(sent.node == b);
    x.answer(sent, status::success);
    auto end = x.end();
    CAF_CHECK(end.node == b && end.partition == p);
  }
}

CAF_TEST(a read is tried again until it is answered) {
  auto x = client::ready();
  x.read(5, read_policy::leader);
  x.answer(x.next(), status::proposal_timeout);
  x.answer(x.next(), status::node_is_not_leader, c);
  auto sent = x.next();
  x.answer(sent, status::success);
  CAF_CHECK(x.end().code == status::success);
  x.read(5, read_policy::follower);
  for (auto i = 0; i < 5; ++i)
    x.answer(x.next(), status::proposal_timeout);
  x.answer(x.next(), status::success);
  CAF_CHECK(x.end().code == status::success);
}

CAF_TEST(a read that is answered after it was sent elsewhere does not count) {
  auto x = client::ready();
  x.read(5, read_policy::leader);
  auto first = x.next();
  x.pass(6s);
  auto second = x.next();
  x.answer(first, status::success);
  CAF_CHECK(x.core.take_ends().empty());
  x.answer(second, status::success);
  CAF_CHECK(x.end().node == second.node);
}
