#include "tests/bench/balance.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/bench/nodes_together.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Nothing has moved for so long: the balancer is content. Longer than its interval and its cooldown together.
constexpr auto calm = 90s;

using leaders = std::vector<std::int64_t>;

leaders count_leaders(nodes_together& cluster) {
  leaders result;
  for (const auto& node : cluster.nodes()) {
    auto status = cluster.status_of(node);
    result.push_back(
      std::ranges::count_if(status.partitions, [](const auto& x) { return x.ready && x.partition.value() > 0; }));
  }
  return result;
}

std::int64_t spread(const leaders& x) {
  return *std::ranges::max_element(x) - *std::ranges::min_element(x);
}

double seconds_between(steady_clock::time_point x, steady_clock::time_point y) {
  return std::chrono::duration<double>{y - x}.count();
}

void print(std::uint32_t partitions, const leaders& before, const leaders& after, double until_half, double until_end) {
  json_line line;
  line.add("bench", "balance").add("partitions", partitions);
  for (std::size_t i = 0; i < before.size(); ++i)
    line.add("leaders_before_node" + std::to_string(i + 1), static_cast<double>(before[i]));
  for (std::size_t i = 0; i < after.size(); ++i)
    line.add("leaders_after_node" + std::to_string(i + 1), static_cast<double>(after[i]));
  line.add("seconds_until_half_as_uneven", until_half).add("seconds_until_last_move", until_end).print();
}

/// Others do not campaign by themselves.
void let_first_lead(std::uint32_t node, raft_config& config) {
  if (node == 1)
    return;
  config.start_election_timeout = 60s;
  config.end_election_timeout = 90s;
}

} // namespace

int run_balance(const bench_options& options) {
  for (auto partitions : options.partitions) {
    nodes_together cluster{options, partitions, options.directory + "/balance", let_first_lead};
    if (!cluster.await_leaders())
      return 1;
    auto begun = steady_clock::now();
    auto before = count_leaders(cluster);
    auto now = before;
    auto moved = begun;
    double until_half = 0;
    while (spread(now) > 1 && steady_clock::now() - moved < calm) {
      std::this_thread::sleep_for(500ms); // what the balancer does sends no event to a stranger
      auto next = count_leaders(cluster);
      if (next == now)
        continue;
      now = next;
      moved = steady_clock::now();
      if (until_half == 0 && 2 * spread(now) <= spread(before))
        until_half = seconds_between(begun, moved);
    }
    print(partitions, before, now, until_half, seconds_between(begun, moved));
  }
  return 0;
}

} // namespace kommander::bench
