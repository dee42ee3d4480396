/// Raft messages for the network's tests.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kommander/raft_message.hpp"

namespace kommander::test {

inline const node_id node_1{1};
inline const node_id node_2{2};
inline const node_id node_3{3};

inline entry make_entry(std::uint64_t index, std::string payload, std::string type = "T") {
  entry x;
  x.index = log_index{index};
  x.term = raft_term{7};
  x.time = {index << 22, 1};
  x.type = std::move(type);
  x.payload = bytes{std::move(payload)};
  return x;
}

/// An append of one entry, which is recognized by its index.
inline raft_message make_append(std::uint64_t index, std::string payload, node_id from = node_1, node_id to = node_2) {
  append_request body;
  body.previous = {log_index{index - 1}, raft_term{7}};
  body.entries.push_back(make_entry(index, std::move(payload)));
  return {partition_id{1}, from, to, raft_term{7}, std::move(body)};
}

/// A control message, which is recognized by its round.
inline raft_message make_heartbeat(std::uint64_t round, node_id from = node_1, node_id to = node_2) {
  return {partition_id{1}, from, to, raft_term{7}, heartbeat{{log_index{5}, raft_term{6}}, round}};
}

/// What `make_append` or `make_heartbeat` numbered a message with.
inline std::uint64_t number_of(const raft_message& x) {
  if (const auto* append = std::get_if<append_request>(&x.body))
    return append->entries.empty() ? 0 : append->entries.front().index.value();
  if (const auto* beat = std::get_if<heartbeat>(&x.body))
    return beat->round;
  return 0;
}

/// Draws messages of every kind, with numbers of every length.
class message_generator {
public:
  explicit message_generator(std::uint64_t seed) : random_{seed} {
    // nop
  }

  raft_message next() {
    raft_message x{partition_id{number()}, node_1, node_2, raft_term{number()}, {}};
    switch (random_() % 16) {
      case 0: x.body = vote_request{flag(), flag(), position()}; break;
      case 1: x.body = vote_reply{flag(), flag()}; break;
      case 2: x.body = append(); break;
      case 3: x.body = reply(); break;
      case 4: x.body = heartbeat{position(), number(), flag(), flag()}; break;
      case 5: x.body = heartbeat_reply{number(), flag(), flag(), flag()}; break;
      case 6: x.body = fence_request{number(), log_index{number()}}; break;
      case 7:
        x.body = fence_reply{
          number(), flag(), flag(), log_index{number()}, log_index{number()}, {node_id{number()}, node_id{number()}}};
        break;
      case 8: x.body = read_index_request{number()}; break;
      case 9: x.body = read_index_reply{number(), log_index{number()}}; break;
      case 10: x.body = chunk(); break;
      case 11:
        x.body = snapshot_reply{number(), static_cast<snapshot_answer>(random_() % 3), number(), log_index{number()}};
        break;
      case 12: x.body = node_call{number(), bytes{std::string(random_() % 40, 'c')}}; break;
      case 13: x.body = node_answer{number(), bytes{std::string(random_() % 40, 'a')}}; break;
      case 14: x.body = node_gossip{bytes{std::string(random_() % 40, 'g')}}; break;
      default: x.body = timeout_now{}; break;
    }
    return x;
  }

  std::uint64_t number() {
    return random_() >> (random_() % 64);
  }

  std::mt19937_64& random() {
    return random_;
  }

private:
  bool flag() {
    return random_() % 2 == 0;
  }

  log_position position() {
    return {log_index{number()}, raft_term{number()}};
  }

  append_reply reply() {
    append_reply x;
    x.rejected = flag();
    x.index = log_index{number()};
    if (x.rejected) {
      x.conflict = position();
      x.last = log_index{number()};
      x.saturated = flag();
    }
    return x;
  }

  snapshot_chunk chunk() {
    auto part = [this](char x) { return bytes{std::string(random_() % 300, x)}; };
    return {number(), position(), log_index{number()}, part('g'), number(), part('d'), random_(), flag()};
  }

  append_request append() {
    append_request x{position(), log_index{number()}, {}};
    for (auto n = random_() % 5; n > 0; --n) {
      entry e;
      e.index = log_index{number()};
      e.term = raft_term{number()};
      e.time = {number(), number()};
      e.kind = static_cast<entry_kind>(random_() % 7);
      e.type = std::string(random_() % 20, 'x');
      e.payload = bytes{std::string(random_() % 300, 'p')};
      if (flag())
        e.origin = {client_id{number() | 1}, number()};
      x.entries.push_back(std::move(e));
    }
    return x;
  }

  std::mt19937_64 random_;
};

} // namespace kommander::test
