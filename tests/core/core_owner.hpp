/// An owner of one core for the unit tests: it carries out what a test is not about.
#pragma once

#include <caf/test/unit_test.hpp>

#include <algorithm>

#include "actors/partition/raft_core.hpp"

namespace kommander::core_tests {

using std::chrono::milliseconds;

inline raft_core_options options_for(std::initializer_list<std::uint64_t> voters) {
  raft_core_options result;
  result.partition = partition_id{7};
  result.self = node_id{1};
  for (auto x : voters)
    result.group.voters.emplace_back(x);
  result.heartbeat_interval = milliseconds{100};
  result.election_timeout_min = milliseconds{1000};
  result.election_timeout_max = milliseconds{2000};
  return result;
}

/// A log of `count` entries of term 1.
inline recovered_partition recovered_log(std::uint64_t count, std::uint64_t commit = 0) {
  recovered_partition result;
  result.state.current_term = raft_term{1};
  result.last = log_index{count};
  result.terms = {{log_index{1}, raft_term{1}}};
  result.commit = log_index{commit};
  return result;
}

inline propose_input proposal(std::uint64_t id, std::initializer_list<const char*> payloads) {
  propose_input result{proposal_id{id}, {}};
  for (const auto* x : payloads)
    result.entries.push_back({{id, 1}, entry_kind::command, "text", bytes{x}});
  return result;
}

/// A core, and an owner that carries out what the tests are not about.
struct owner {
  raft_core core;
  instant now{0};
  std::vector<core_reply> replies;
  std::vector<entry> applied;

  explicit owner(raft_core_options options, recovered_partition recovered = {}, std::uint64_t seed = 1,
                 log_index applied_before = {})
    : owner{std::move(options), raft_core_start{std::move(recovered), applied_before, instant{0}, seed}} {
    // nop
  }

  owner(raft_core_options options, raft_core_start start) : core{std::move(options), std::move(start)} {
    // nop
  }

  void advance(instant span) {
    for (; span.count() > 0; span -= milliseconds{50}) {
      now += std::min<instant>(span, milliseconds{50});
      core.tick(now);
    }
  }

  /// Completes every write and apply until nothing is left; returns all messages.
  std::vector<raft_message> carry_out() {
    std::vector<raft_message> messages;
    while (core.has_output()) {
      auto output = core.take_output();
      std::move(output.messages.begin(), output.messages.end(), std::back_inserter(messages));
      std::move(output.replies.begin(), output.replies.end(), std::back_inserter(replies));
      if (output.needs_write())
        core.step(durable_input{output.write});
      if (!output.apply.empty()) {
        core.step(applied_input{output.apply.back().index});
        std::move(output.apply.begin(), output.apply.end(), std::back_inserter(applied));
      }
    }
    return messages;
  }

  void receive(std::uint64_t from, std::uint64_t term, raft_message_body body) {
    core.step(raft_message{partition_id{7}, node_id{from}, node_id{1}, raft_term{term}, std::move(body)});
  }

  /// Lets time pass until the core asks for votes, and grants them.
  void lead() {
    while (!core.is_leader()) {
      advance(milliseconds{50});
      for (const auto& x : carry_out())
        if (const auto* request = std::get_if<vote_request>(&x.body))
          receive(x.to.value(), x.term.value(), vote_reply{request->pre_vote, true});
    }
    carry_out();
    for (auto voter : core.options().group.voters)
      if (voter != node_id{1})
        receive(voter.value(), core.current_term().value(), append_reply{false, core.log().last(), {}, {}});
    carry_out();
    CAF_REQUIRE(core.is_ready());
  }
};

inline std::vector<append_request> appends_to(std::uint64_t peer, const std::vector<raft_message>& messages) {
  std::vector<append_request> result;
  for (const auto& x : messages)
    if (const auto* append = std::get_if<append_request>(&x.body); append != nullptr && x.to == node_id{peer})
      result.push_back(*append);
  return result;
}

} // namespace kommander::core_tests
