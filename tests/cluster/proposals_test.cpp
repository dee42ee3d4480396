// Proposals of all kinds through real nodes: manual ones, batches, retries, checkpoints.
#include "tests/cluster/virtual_cluster.hpp"

#include <algorithm>
#include <random>
#include <set>

#define CAF_SUITE cluster_proposals
#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;
using cluster_test::cluster_options;
using cluster_test::virtual_cluster;

namespace {

constexpr partition_id p{1};
constexpr client_id client{77};

propose manual(std::vector<bytes> payloads) {
  propose x{p, "manual", std::move(payloads)};
  x.auto_commit = false;
  return x;
}

propose once(std::uint64_t sequence, std::string payload) {
  propose x{p, "once", bytes{std::move(payload)}};
  x.client = client;
  x.sequence = sequence;
  return x;
}

struct started : virtual_cluster {
  explicit started(cluster_options options = {}) : virtual_cluster{std::move(options)} {
    start_all();
  }

  template <class Request>
  propose_result at_leader(Request x) {
    return await(ask<propose_result>(node(leader_of(p)), std::move(x)));
  }

  /// What all state machines have got, after they were found to be equal.
  std::vector<std::string> payloads() {
    check_replicas();
    std::vector<std::string> result;
    for (const auto& x : journal_of(up().front()).of(p))
      result.push_back(x.payload);
    return result;
  }

  void fail_over() {
    auto old = leader_of(p);
    crash(old);
    leader_of(p);
    require(start(old).ok(), "the crashed leader starts again");
  }

  void restart_all() {
    for (std::size_t i = 1; i <= 3; ++i)
      crash(i);
    start_all();
  }

  std::size_t open_tickets(std::size_t number) {
    auto x = await(ask<pending_tickets>(node(number), get_pending_tickets{p}));
    require(x.code == status::success, "tickets are listed");
    return x.tickets.size();
  }
};

using strings = std::vector<std::string>;

} // namespace

// -- manual proposals -----------------------------------------------------------------------------------------------

CAF_TEST(a manual proposal waits for its decision and nothing waits for it) {
  started cluster;
  auto prepared = cluster.at_leader(manual({bytes{std::string{"a"}}, bytes{std::string{"b"}}}));
  CAF_REQUIRE(prepared.code == status::success);
  CAF_CHECK(prepared.ticket.time != 0);
  cluster.propose_surely(p, "later");
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"later"}));
  for (auto i : cluster.up())
    CAF_CHECK_EQUAL(cluster.open_tickets(i), 1u);
  auto decided = cluster.at_leader(commit_proposal{p, prepared.ticket});
  CAF_CHECK(decided.code == status::success);
  CAF_CHECK(decided.index > prepared.index);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"later", "a", "b"}));
  for (auto i : cluster.up())
    CAF_CHECK_EQUAL(cluster.open_tickets(i), 0u);
}

CAF_TEST(a decision may be repeated but not turned round) {
  started cluster;
  auto first = cluster.at_leader(manual({bytes{std::string{"a"}}})).ticket;
  auto second = cluster.at_leader(manual({bytes{std::string{"b"}}})).ticket;
  auto decided = cluster.at_leader(commit_proposal{p, first});
  CAF_CHECK(cluster.at_leader(rollback_proposal{p, second}).code == status::success);
  for (int i = 0; i < 2; ++i) {
    auto again = cluster.at_leader(commit_proposal{p, first});
    CAF_CHECK(again.code == status::success);
    CAF_CHECK(again.index == decided.index);
    CAF_CHECK(cluster.at_leader(rollback_proposal{p, second}).code == status::success);
    auto opposite = cluster.at_leader(rollback_proposal{p, first});
    CAF_CHECK(opposite.code == status::errored);
    CAF_CHECK(opposite.reason.find("was committed at index") != std::string::npos);
    CAF_CHECK(cluster.at_leader(commit_proposal{p, second}).code == status::errored);
    cluster.fail_over();
  }
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"a"}));
}

CAF_TEST(a ticket is decided by a later leader and after a restart of all nodes) {
  started cluster;
  auto first = cluster.at_leader(manual({bytes{std::string{"a"}}})).ticket;
  auto second = cluster.at_leader(manual({bytes{std::string{"b"}}})).ticket;
  auto third = cluster.at_leader(manual({bytes{std::string{"c"}}})).ticket;
  cluster.fail_over();
  CAF_CHECK(cluster.at_leader(commit_proposal{p, second}).code == status::success);
  cluster.restart_all();
  CAF_CHECK(cluster.at_leader(commit_proposal{p, first}).code == status::success);
  CAF_CHECK(cluster.at_leader(rollback_proposal{p, third}).code == status::success);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"b", "a"}));
}

CAF_TEST(an unknown ticket is not found and none is refused) {
  started cluster;
  CAF_CHECK(cluster.at_leader(commit_proposal{p, {4711, 1}}).code == status::proposal_not_found);
  CAF_CHECK(cluster.at_leader(commit_proposal{p, {}}).code == status::invalid_argument);
  auto nobody = cluster.await(cluster.ask<propose_result>(cluster.node(1), commit_proposal{partition_id{9}, {1, 1}}));
  CAF_CHECK(nobody.code == status::unknown_partition);
}

CAF_TEST(a manual proposal that is not decided in time is rolled back) {
  started cluster;
  auto x = manual({bytes{std::string{"a"}}});
  x.decide_within = 1ms;
  auto ticket = cluster.at_leader(x).ticket;
  CAF_CHECK(cluster.scheduler.run_until([&] { return cluster.open_tickets(cluster.leader_of(p)) == 0; }, 60s));
  CAF_CHECK(cluster.at_leader(commit_proposal{p, ticket}).code == status::errored);
  CAF_CHECK(cluster.at_leader(rollback_proposal{p, ticket}).code == status::success);
  CAF_CHECK(cluster.payloads().empty());
}

CAF_TEST(manual proposals that wait are bounded) {
  cluster_options options;
  options.adjust = [](raft_config& x) {
    x.undecided_proposals_max = 2;
    x.undecided_bytes_max = 1000;
  };
  started cluster{options};
  auto first = cluster.at_leader(manual({bytes{std::string(900, 'a')}}));
  auto second = cluster.at_leader(manual({bytes{std::string(900, 'b')}}));
  CAF_CHECK(second.code == status::success); // only then there is too much
  auto bytes_full = cluster.at_leader(manual({bytes{std::string{"c"}}}));
  CAF_CHECK(bytes_full.code == status::proposal_queue_full);
  CAF_CHECK(cluster.at_leader(rollback_proposal{p, first.ticket}).code == status::success);
  CAF_CHECK(cluster.at_leader(rollback_proposal{p, second.ticket}).code == status::success);
  cluster.at_leader(manual({bytes{std::string{"d"}}}));
  cluster.at_leader(manual({bytes{std::string{"e"}}}));
  CAF_CHECK(cluster.at_leader(manual({bytes{std::string{"f"}}})).code == status::proposal_queue_full);
  CAF_CHECK(cluster.propose(cluster.leader_of(p), p, "others go on").code == status::success);
}

// -- batches --------------------------------------------------------------------------------------------------------

CAF_TEST(each entry of a batch has its own type and result) {
  started cluster;
  propose_batch batch{p, {}, {}, 0, 0ms};
  batch.entries.push_back({"one", bytes{std::string{"1"}}, true, {}});
  batch.entries.push_back({"two", bytes{std::string{"2"}}, false, {}});
  batch.entries.push_back({"moved", bytes{std::string{"3"}}, true, generation{99}});
  batch.entries.push_back({"none", bytes{}, true, {}});
  batch.entries.push_back({"five", bytes{std::string{"5"}}, true, generation{1}});
  auto results = cluster.await(cluster.ask<propose_batch_result>(cluster.node(cluster.leader_of(p)), batch)).results;
  CAF_REQUIRE_EQUAL(results.size(), 5u);
  CAF_CHECK(results[0].code == status::success);
  CAF_CHECK(results[1].code == status::success);
  CAF_CHECK(results[2].code == status::partition_moved);
  CAF_CHECK(results[3].code == status::invalid_argument);
  CAF_CHECK(results[4].code == status::success);
  CAF_CHECK(results[1].index == results[0].index + 1);
  CAF_CHECK(results[4].index == results[1].index + 1);
  CAF_CHECK(results[0].ticket < results[1].ticket && results[1].ticket < results[4].ticket);
  CAF_CHECK(cluster.at_leader(commit_proposal{p, results[1].ticket}).code == status::success);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"1", "5", "2"}));
  auto lines = cluster.journal_of(1).of(p);
  CAF_CHECK_EQUAL(lines[0].type, "one");
  CAF_CHECK_EQUAL(lines[1].type, "five");
  CAF_CHECK_EQUAL(lines[2].type, "two");
}

CAF_TEST(a batch without entries and one for nobody are answered) {
  started cluster;
  auto leader = cluster.leader_of(p);
  auto none = cluster.await(cluster.ask<propose_batch_result>(cluster.node(leader), propose_batch{p, {}, {}, 0, 0ms}));
  CAF_CHECK(none.results.empty());
  propose_batch lost{partition_id{9}, {{"t", bytes{std::string{"x"}}, true, {}}}, {}, 0, 0ms};
  auto unknown = cluster.await(cluster.ask<propose_batch_result>(cluster.node(leader), lost));
  CAF_REQUIRE_EQUAL(unknown.results.size(), 1u);
  CAF_CHECK(unknown.results[0].code == status::unknown_partition);
}

CAF_TEST(a batch whose leader is lost is answered as a whole) {
  started cluster;
  auto leader = cluster.leader_of(p);
  cluster.network->isolate(node_id{leader});
  propose_batch batch{p, {}, {}, 0, 0ms};
  for (int i = 0; i < 5; ++i)
    batch.entries.push_back({"t", bytes{std::to_string(i)}, true, {}});
  auto results = cluster.await(cluster.ask<propose_batch_result>(cluster.node(leader), batch)).results;
  CAF_REQUIRE_EQUAL(results.size(), 5u);
  for (const auto& x : results)
    CAF_CHECK(outcome(x.code) == proposal_outcome::unknown);
}

// -- retries --------------------------------------------------------------------------------------------------------

CAF_TEST(a request that is repeated is applied once and told the first result) {
  started cluster;
  auto first = cluster.at_leader(once(1, "a"));
  CAF_REQUIRE(first.code == status::success);
  auto check_again = [&] {
    auto again = cluster.at_leader(once(1, "a"));
    CAF_CHECK(again.code == status::success);
    CAF_CHECK(again.ticket == first.ticket);
    CAF_CHECK(again.index == first.index);
  };
  check_again();
  cluster.fail_over();
  check_again();
  cluster.restart_all();
  check_again();
  CAF_CHECK(cluster.at_leader(once(2, "b")).code == status::success);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"a", "b"}));
}

CAF_TEST(repetitions that are under way at the same time are applied once) {
  started cluster;
  auto leader = cluster.node(cluster.leader_of(p));
  std::vector<cluster_test::pending_ptr<propose_result>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(cluster.ask<propose_result>(leader, once(1, "a")));
  auto first = cluster.await(answers.front());
  for (const auto& x : answers) {
    auto result = cluster.await(x);
    CAF_CHECK(result.code == status::success);
    CAF_CHECK(result.index == first.index);
  }
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"a"}));
}

CAF_TEST(a repetition is not answered before the first is applied) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    cluster_options options;
    options.seed = seed;
    started cluster{options};
    auto leader = cluster.leader_of(p);
    for (std::uint64_t i = 1; i <= 5; ++i) {
      std::vector<cluster_test::pending_ptr<propose_result>> answers;
      auto request = once(i, std::to_string(i));
      auto all_are_right = [&] {
        return std::ranges::all_of(answers, [&](const auto& x) {
          return !x->value || cluster.journal_of(leader).holds(p, x->value->index, std::to_string(i));
        });
      };
      for (auto steps = 0; steps < 120; ++steps) {
        if (steps % 4 == 0)
          answers.push_back(cluster.ask<propose_result>(cluster.node(leader), request));
        cluster.scheduler.step();
        CAF_REQUIRE(all_are_right());
      }
      for (const auto& x : answers)
        CAF_REQUIRE(cluster.await(x).code == status::success);
    }
  }
}

CAF_TEST(a batch in a session has no more entries than are remembered) {
  started cluster;
  for (std::size_t entries : {64, 65}) {
    propose_batch batch{p, {entries, {"t", bytes{std::string{"x"}}, true, {}}}, client_id{entries}, 1, 0ms};
    auto answer = cluster.ask<propose_batch_result>(cluster.node(cluster.leader_of(p)), batch);
    auto expected = entries == 64 ? status::success : status::invalid_argument;
    for (const auto& x : cluster.await(answer).results)
      CAF_CHECK(x.code == expected);
  }
}

CAF_TEST(a repeated manual proposal has one ticket) {
  started cluster;
  auto x = once(1, "a");
  x.auto_commit = false;
  auto first = cluster.at_leader(x);
  cluster.fail_over();
  auto again = cluster.at_leader(x);
  CAF_CHECK(again.ticket == first.ticket);
  CAF_CHECK(cluster.at_leader(commit_proposal{p, first.ticket}).code == status::success);
  CAF_CHECK(cluster.at_leader(x).ticket == first.ticket);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"a"}));
}

CAF_TEST(a request of a session that is not known is refused) {
  started cluster;
  CAF_CHECK(cluster.at_leader(once(5, "a")).code == status::session_expired);
  auto half = once(0, "a");
  CAF_CHECK(cluster.at_leader(half).code == status::invalid_argument);
  half = once(1, "a");
  half.client = client_id{};
  CAF_CHECK(cluster.at_leader(half).code == status::invalid_argument);
  half = once(1, "a");
  half.decide_within = 5ms;
  CAF_CHECK(cluster.at_leader(half).code == status::invalid_argument);
  CAF_CHECK(cluster.payloads().empty());
}

CAF_TEST(requests are applied once and in order while leaders crash and answers are lost) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    cluster_options options;
    options.seed = seed;
    started cluster{options};
    cluster.leader_of(p);
    std::mt19937_64 random{seed};
    cluster.network->set_faults({.loss = 0.05, .duplication = 0.1, .reordering = 0.1, .delay_max = 20ms});
    strings expected;
    for (std::uint64_t i = 1; i <= 30; ++i) {
      auto payload = std::to_string(i);
      expected.push_back(payload);
      for (auto code = status::errored; code != status::success;) {
        auto leader = cluster.leader_of(p);
        auto answer = cluster.ask<propose_result>(cluster.node(leader), once(i, payload));
        if (random() % 4 == 0) { // nobody will ever hear this answer
          cluster.scheduler.run_for(std::chrono::milliseconds{random() % 30});
          cluster.crash(leader);
          cluster.leader_of(p);
          CAF_REQUIRE(cluster.start(leader).ok());
          continue;
        }
        code = cluster.await(answer).code;
        CAF_REQUIRE(code != status::session_expired);
      }
    }
    cluster.network->set_faults({});
    CAF_REQUIRE_EQUAL(cluster.payloads(), expected);
  }
}

CAF_TEST(no ticket is given twice however many ask and whoever leads) {
  started cluster;
  std::set<hlc_timestamp> tickets;
  std::size_t succeeded = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<cluster_test::pending_ptr<propose_result>> answers;
    auto leader = cluster.leader_of(p);
    for (int i = 0; i < 200; ++i)
      answers.push_back(cluster.propose_later(leader, p, "x"));
    for (const auto& x : answers)
      if (auto result = cluster.await(x); result.code == status::success) {
        ++succeeded;
        tickets.insert(result.ticket);
      }
    cluster.fail_over();
  }
  CAF_CHECK_EQUAL(succeeded, 1000u);
  CAF_CHECK_EQUAL(tickets.size(), succeeded);
}

// -- checkpoints ------------------------------------------------------------------------------------------------------

CAF_TEST(a checkpoint is known to all nodes) {
  started cluster;
  cluster.propose_surely(p, "a");
  auto made = cluster.at_leader(checkpoint{p});
  CAF_REQUIRE(made.code == status::success);
  CAF_CHECK_EQUAL(cluster.payloads(), (strings{"a"}));
  for (auto i : cluster.up()) {
    auto known = [&] {
      return cluster.await(cluster.ask<node_status>(cluster.node(i), get_status{{p}})).partitions.at(0).checkpoint;
    };
    CAF_CHECK(cluster.scheduler.run_until([&] { return known() == made.index; }, 5s));
  }
}

CAF_TEST(a checkpoint is refused while earlier proposals lack a quorum) {
  started cluster;
  auto leader = cluster.leader_of(p);
  cluster.network->isolate(node_id{leader});
  auto waiting = cluster.propose_later(leader, p, "a");
  cluster.scheduler.run_for(20ms);
  auto refused = cluster.await(cluster.ask<propose_result>(cluster.node(leader), checkpoint{p}));
  CAF_CHECK(refused.code == status::active_proposal);
  cluster.network->heal();
  cluster.await(waiting);
}

CAF_TEST(a restart begins behind the last checkpoint) {
  started cluster;
  cluster.propose_surely(p, "a");
  cluster.propose_surely(p, "b");
  auto made = cluster.at_leader(checkpoint{p});
  auto status_of = [&](std::size_t number) {
    return cluster.await(cluster.ask<node_status>(cluster.node(number), get_status{{p}})).partitions.at(0);
  };
  CAF_REQUIRE(cluster.scheduler.run_until([&] { return status_of(1).kept == made.index; }, 5s));
  cluster.crash(1);
  CAF_REQUIRE(cluster.start(1).ok());
  cluster.propose_surely(p, "c");
  CAF_REQUIRE(cluster.scheduler.run_until([&] { return cluster.journal_of(1).size(p) > 0; }, 5s));
  auto lines = cluster.journal_of(1).of(p);
  CAF_CHECK_EQUAL(lines.front().payload, "c"); // what stands before the checkpoint is safe without the log
}
