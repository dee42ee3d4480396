#include "tests/bench/join.hpp"

#include <algorithm>
#include <chrono>

#include "tests/bench/nodes_together.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t payloads_a_proposal = 100;
constexpr std::size_t in_flight = 256;

double seconds_since(steady_clock::time_point x) {
  return std::chrono::duration<double>{steady_clock::now() - x}.count();
}

/// Who leads each partition, from 1.
std::vector<raft_actor> leaders_of(nodes_together& cluster, std::uint32_t partitions) {
  std::vector<raft_actor> result(partitions);
  for (const auto& node : cluster.nodes())
    for (const auto& x : cluster.status_of(node).partitions)
      if (x.ready && x.partition.value() > 0 && x.partition.value() <= partitions)
        result[x.partition.value() - 1] = node;
  return result;
}

/// Proposes until `entries` are committed; leaders that have changed are looked for again.
void fill(nodes_together& cluster, const bench_options& options, std::uint32_t partitions) {
  caf::scoped_actor self{cluster.system()};
  const std::vector<bytes> payloads(payloads_a_proposal, bytes{std::string(options.payloads.front(), 'p')});
  auto leaders = leaders_of(cluster, partitions);
  std::uint32_t next = 0;
  auto propose_next = [&] {
    auto i = next++ % partitions;
    return self->request(leaders[i] ? leaders[i] : cluster.nodes().front(), caf::infinite,
                         propose{partition_id{i + 1}, "bench", payloads});
  };
  for (std::uint64_t committed = 0; committed < options.entries;) {
    auto missing = (options.entries - committed + payloads_a_proposal - 1) / payloads_a_proposal;
    std::vector<decltype(propose_next())> round;
    while (round.size() < std::min<std::uint64_t>(missing, in_flight))
      round.push_back(propose_next());
    auto before = committed;
    for (auto& x : round)
      x.receive([&](const propose_result& y) { committed += y.code == status::success ? payloads_a_proposal : 0; },
                [](const caf::error&) {});
    if (committed - before < round.size() * payloads_a_proposal)
      leaders = leaders_of(cluster, partitions);
  }
}

} // namespace

int run_join(const bench_options& options) {
  for (auto partitions : options.partitions)
    for (std::uint32_t run = 0; run < options.runs; ++run) {
      nodes_together cluster{options, partitions, options.directory + "/join-" + std::to_string(run)};
      if (!cluster.await_leaders())
        return 1;
      fill(cluster, options, partitions);
      auto window = raft_config{}.learner_promotion_stable_window;
      auto begun = steady_clock::now();
      auto newcomer = cluster.start_newcomer();
      if (!newcomer || !cluster.await_joined(newcomer))
        return 1;
      json_line{}
        .add("bench", "join")
        .add("partitions", partitions)
        .add("entries", static_cast<double>(options.entries))
        .add("payload_bytes", static_cast<double>(options.payloads.front()))
        .add("join_seconds", seconds_since(begun))
        .add("stable_window_seconds", std::chrono::duration<double>{window}.count())
        .print();
    }
  return 0;
}

} // namespace kommander::bench
