/// What the library keeps for its callers travels with a state and outlives the log: sessions and undecided proposals.
#define CAF_SUITE cluster_state_proposals

#include <caf/test/unit_test.hpp>

#include "tests/cluster/vault_cluster.hpp"

using namespace kommander;

namespace {

constexpr auto p = cluster_test::vault_cluster::p;

struct proposing_cluster : cluster_test::vault_cluster {
  using vault_cluster::vault_cluster;

  template <class Request>
  propose_result ask(std::size_t number, Request request) {
    return nodes->await(nodes->ask<propose_result>(nodes->node(number), std::move(request)));
  }

  template <class Request>
  propose_result at_leader(Request request) {
    return ask(nodes->leader_of(p), std::move(request));
  }

  static kommander::propose once(std::uint64_t sequence) {
    kommander::propose x{p, "once", bytes{"once-" + std::to_string(sequence)}};
    x.client = client_id{7};
    x.sequence = sequence;
    return x;
  }

  static kommander::propose manual(std::string payload) {
    kommander::propose x{p, "manual", bytes{std::move(payload)}};
    x.auto_commit = false;
    return x;
  }

  /// Brings a node up by a snapshot, and lets it lead.
  std::size_t led_by_one_that_was_left_behind() {
    auto victim = left_behind();
    nodes->network->heal();
    check();
    CAF_REQUIRE_EQUAL(watches[victim - 1]->imports, 1u);
    auto moved = nodes->await(
      nodes->ask<operation_result>(nodes->node(nodes->leader_of(p)), transfer_leadership{p, node_id{victim}}));
    CAF_REQUIRE(moved.code == status::success);
    CAF_REQUIRE_EQUAL(nodes->leader_of(p), victim);
    return victim;
  }

  void restart_all() {
    for (std::size_t i = 1; i <= 3; ++i)
      nodes->crash(i);
    nodes->start_all();
  }

  std::size_t count(const std::string& payload) {
    check();
    std::size_t found = 0;
    const auto& content = disks[0]->states[p].content;
    for (auto at = content.find(":" + payload + "\n"); at != std::string::npos;
         at = content.find(":" + payload + "\n", at + 1))
      ++found;
    return found;
  }

  std::size_t open_tickets(std::size_t number) {
    return nodes->await(nodes->ask<pending_tickets>(nodes->node(number), get_pending_tickets{p})).tickets.size();
  }
};

} // namespace

CAF_TEST(a retry is known where its entry came with a snapshot and after the log was compacted) {
  proposing_cluster x;
  auto first = x.at_leader(proposing_cluster::once(1));
  CAF_REQUIRE(first.code == status::success);
  auto leader = x.led_by_one_that_was_left_behind();
  CAF_CHECK(x.status_of(leader).first > first.index);
  for (int i = 0; i < 2; ++i) {
    auto again = x.at_leader(proposing_cluster::once(1));
    CAF_CHECK(again.code == status::success);
    CAF_CHECK(again.ticket == first.ticket);
    CAF_CHECK(again.index == first.index);
    x.restart_all();
  }
  CAF_CHECK(x.at_leader(proposing_cluster::once(2)).code == status::success);
  CAF_CHECK_EQUAL(x.count("once-1"), 1u);
  CAF_CHECK_EQUAL(x.count("once-2"), 1u);
}

CAF_TEST(an undecided proposal travels with a snapshot and outlives the entries that made it) {
  proposing_cluster x;
  auto kept = x.at_leader(proposing_cluster::manual("kept"));
  auto dropped = x.at_leader(proposing_cluster::manual("dropped"));
  auto leader = x.led_by_one_that_was_left_behind();
  CAF_CHECK(x.status_of(leader).first > dropped.index);
  CAF_CHECK_EQUAL(x.open_tickets(leader), 2u);
  x.restart_all();
  CAF_CHECK(x.at_leader(commit_proposal{p, kept.ticket}).code == status::success);
  CAF_CHECK(x.at_leader(rollback_proposal{p, dropped.ticket}).code == status::success);
  CAF_CHECK_EQUAL(x.count("kept"), 1u);
  CAF_CHECK_EQUAL(x.count("dropped"), 0u);
  for (std::size_t i = 1; i <= 3; ++i)
    CAF_CHECK(x.wait_for([&] { return x.open_tickets(i) == 0; }));
}

CAF_TEST(a decision is remembered after its entries are compacted away) {
  proposing_cluster x;
  auto ticket = x.at_leader(proposing_cluster::manual("kept")).ticket;
  auto decided = x.at_leader(commit_proposal{p, ticket});
  x.led_by_one_that_was_left_behind();
  x.restart_all();
  auto again = x.at_leader(commit_proposal{p, ticket});
  CAF_CHECK(again.code == status::success);
  CAF_CHECK(again.index == decided.index);
  CAF_CHECK(x.at_leader(rollback_proposal{p, ticket}).code == status::errored);
  CAF_CHECK_EQUAL(x.count("kept"), 1u);
}

CAF_TEST(tickets of a leader that took over a state are above all before) {
  proposing_cluster x;
  auto before = x.at_leader(proposing_cluster::once(1)).ticket;
  x.led_by_one_that_was_left_behind();
  CAF_CHECK(x.at_leader(proposing_cluster::once(2)).ticket > before);
}
