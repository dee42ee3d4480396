#include "tests/cluster/faulty_wal.hpp"

#define CAF_SUITE cluster_machine
#include <caf/test/unit_test.hpp>

#include "tests/cluster/test.hpp"

using namespace cluster_test;

namespace {

std::size_t count(const event_log& events, const std::string& text) {
  return static_cast<std::size_t>(
    std::ranges::count_if(*events, [&](const std::string& x) { return x.find(text) != std::string::npos; }));
}

propose_result send(virtual_cluster& cluster, std::vector<std::string> payloads) {
  propose x;
  x.partition = p;
  for (const auto& payload : payloads)
    x.payloads.push_back(bytes::copy(payload));
  return cluster.await(cluster.ask<propose_result>(cluster.node(cluster.leader_of(p)), std::move(x)));
}

} // namespace

CAF_TEST(an entry that the state machine refuses is reported and delivery goes on) {
  cluster_options options;
  options.hooks.refuse = [](const entry& x) -> std::optional<std::string> {
    if (x.payload.view() == "bad")
      return "no such account";
    return std::nullopt;
  };
  virtual_cluster cluster{options};
  cluster.start_all();
  auto events = cluster.listen(2);
  auto answer = send(cluster, {"a", "bad", "b"});
  CAF_CHECK(answer.code == status::success);
  cluster.propose_surely(p, "after");
  cluster.check_replicas();
  CAF_CHECK_EQUAL(cluster.journal_of(2).size(p), 3u);
  auto where = to_string(answer.index - 1);
  CAF_CHECK_EQUAL(count(events, "replication_error 1 at " + where + ": no such account"), 1u);
  CAF_CHECK_EQUAL(count(events, "replication_error"), 1u);
}

CAF_TEST(an error for a whole message counts for each of its entries and delivery goes on) {
  cluster_options options;
  options.hooks.fail = [](const entry& first) -> std::optional<caf::error> {
    if (first.payload.view() == "bad")
      return caf::make_error(caf::sec::runtime_error, "the store is closed");
    return std::nullopt;
  };
  virtual_cluster cluster{options};
  cluster.start_all();
  auto events = cluster.listen(3);
  CAF_CHECK(send(cluster, {"bad", "x"}).code == status::success);
  cluster.propose_surely(p, "after");
  cluster.check_replicas();
  CAF_CHECK_EQUAL(cluster.journal_of(3).size(p), 1u);
  CAF_CHECK_EQUAL(count(events, "replication_error"), 2u);
  CAF_CHECK_EQUAL(count(events, "the store is closed"), 2u);
}

CAF_TEST(a state machine that throws stops its partitions on its node and the others go on) {
  auto thrown = std::make_shared<bool>(false);
  cluster_options options;
  options.hooks.fail = [thrown](const entry& first) -> std::optional<caf::error> {
    if (first.payload.view() == "poison" && !std::exchange(*thrown, true))
      throw std::runtime_error{"a bug of the application"};
    return std::nullopt;
  };
  virtual_cluster cluster{options};
  cluster.start_all();
  std::vector<event_log> events;
  for (std::size_t i = 1; i <= 3; ++i)
    events.push_back(cluster.listen(i));
  auto answer = send(cluster, {"poison"});
  CAF_CHECK(answer.code == status::success || outcome(answer.code) == proposal_outcome::unknown);
  std::size_t victim = 0;
  auto failed = [&] {
    for (std::size_t i = 1; i <= 3; ++i)
      if (count(events[i - 1], "partition_failed 1: the state machine of partition 1 has ended") > 0)
        victim = i;
    return victim > 0;
  };
  CAF_REQUIRE(cluster.scheduler.run_until(failed, 1min));
  auto status_of = cluster.await(cluster.ask<node_status>(cluster.node(victim), get_status{{p}}));
  CAF_REQUIRE_EQUAL(status_of.partitions.size(), 1u);
  CAF_CHECK(status_of.partitions[0].role == raft_role::failed);
  CAF_CHECK(!status_of.partitions[0].failure.empty());
  auto refused = cluster.await(cluster.ask<propose_result>(cluster.node(victim), propose{p, "t", bytes::copy("x")}));
  CAF_CHECK(refused.code == status::errored);
  auto leader = cluster.leader_of(p);
  CAF_CHECK(leader != victim);
  CAF_CHECK(cluster.propose(leader, p, "after").code == status::success);
}

CAF_TEST(a write that fails stops the partition on its node and the others go on) {
  auto faults = std::make_shared<wal_faults>();
  virtual_cluster cluster{{}};
  cluster.set_log(1, with_faults(memory_wal(), faults));
  cluster.start_all();
  auto events = cluster.listen(1);
  cluster.leader_of(p);
  faults->write = [](const partition_write& x) { return x.partition == p ? "no space left on device" : ""; };
  auto answers =
    std::vector{cluster.propose_later(1, p, "x"), cluster.propose_later(2, p, "y"), cluster.propose_later(3, p, "z")};
  for (const auto& x : answers)
    cluster.await(x);
  CAF_CHECK(cluster.scheduler.run_until([&] { return count(events, "no space left on device") > 0; }, 1min));
  CAF_CHECK_EQUAL(count(events, "partition_failed 1"), 1u);
  auto leader = cluster.leader_of(p);
  CAF_CHECK(leader != 1);
  CAF_CHECK(cluster.propose(leader, p, "after").code == status::success);
  CAF_CHECK(cluster.leader_of(partition_id{0}) > 0);
  CAF_CHECK(cluster.stop(1).code == status::success);
}

CAF_TEST(each partition gets its own state machine from a factory) {
  cluster_options options;
  options.nodes = 1;
  options.partitions = 2;
  virtual_cluster cluster{options};
  std::map<partition_id, journal_ptr> journals;
  auto factory = [&](partition_id id) {
    CAF_CHECK(!journals.contains(id));
    journals[id] = std::make_shared<journal>();
    return spawn_machine(*cluster.system, journals[id]);
  };
  auto node = spawn_raft(*cluster.system, cluster.config_of(1), cluster.parts_of(1), factory);
  CAF_REQUIRE(node.ok());
  cluster.await(cluster.ask<operation_result>(*node, join{}));
  cluster.await(cluster.ask<leader_result>(*node, wait_for_leader{partition_id{2}}));
  auto answer = cluster.await(cluster.ask<propose_result>(*node, propose{partition_id{2}, "t", bytes::copy("x")}));
  CAF_CHECK(answer.code == status::success);
  CAF_REQUIRE_EQUAL(journals.size(), 3u);
  CAF_CHECK_EQUAL(journals[p]->size(p), 0u);
  CAF_CHECK_EQUAL(journals[partition_id{2}]->size(partition_id{2}), 1u);
}
