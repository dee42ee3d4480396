#include "tests/bench/flood.hpp"

#include <caf/io/all.hpp>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/bench/cluster.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

/// Of all partitions; each election adds one.
double sum_of_terms(const bench_cluster& cluster) {
  double sum = 0;
  caf::scoped_actor self{*cluster.system};
  self->request(cluster.nodes.front(), caf::infinite, get_status{})
    .receive(
      [&](const node_status& x) {
        for (const auto& partition : x.partitions)
          sum += static_cast<double>(partition.term.value());
      },
      [](const caf::error&) {});
  return sum;
}

child_process start_flooder(const bench_options& options, const bench_cluster& cluster) {
  std::vector<std::string> arguments{"--flooder",
                                     "--flood-rate",
                                     std::to_string(options.flood_rate),
                                     "--warm-up",
                                     std::to_string(options.warm_up_seconds),
                                     "--seconds",
                                     std::to_string(options.seconds),
                                     "--ports"};
  for (auto x : cluster.ports)
    arguments.push_back(std::to_string(x));
  return child_process{arguments};
}

/// Seconds of processor time that all nodes use in `seconds` from now.
double cpu_used(const bench_cluster& cluster, double seconds) {
  auto total = [&cluster] {
    double sum = 0;
    for (auto x : cluster.processes())
      sum += cpu_seconds(x);
    return sum;
  };
  auto before = total();
  std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
  return total() - before;
}

/// What a bad connection costs the nodes when nothing else is to be done: hardly depends on what else this machine does.
void measure_unloaded(const bench_options& options, const bench_cluster& cluster) {
  auto quiet = cpu_used(cluster, options.seconds);
  auto attacker = start_flooder(options, cluster);
  std::this_thread::sleep_for(std::chrono::duration<double>{options.warm_up_seconds});
  auto flooded = cpu_used(cluster, options.seconds);
  attacker.wait();
  json_line{}
    .add("bench", "flood_unloaded")
    .add("security", security_of(options))
    .add("quiet_cpu_percent", quiet / options.seconds * 100)
    .add("flooded_cpu_percent", flooded / options.seconds * 100)
    .add("cpu_microseconds_per_bad_connection", (flooded - quiet) * 1e6 / options.seconds / options.flood_rate)
    .print();
}

/// Proposals a second.
double measure(const bench_options& options, const bench_cluster& cluster, const load_plan& plan, bool is_flooded) {
  auto terms = sum_of_terms(cluster);
  auto resident = cluster.largest_resident_bytes();
  auto attacker = is_flooded ? start_flooder(options, cluster) : child_process{};
  auto got = run_load(*cluster.system, cluster.nodes.front(), plan, cluster.processes());
  attacker.wait();
  auto rate = static_cast<double>(got.committed) / got.seconds;
  json_line{}
    .add("bench", "flood")
    .add("security", security_of(options))
    .add("bad_connections_per_second", is_flooded ? options.flood_rate : 0)
    .add("partitions", plan.partitions)
    .add("in_flight", static_cast<double>(plan.in_flight))
    .add("committed_per_second", rate)
    .add("p50_microseconds", quantile(got.microseconds, 0.5))
    .add("p99_microseconds", quantile(got.microseconds, 0.99))
    .add("cpu_microseconds_per_commit",
         got.cpu_seconds * 1e6 / static_cast<double>(std::max<std::uint64_t>(got.committed, 1)))
    .add("refused", static_cast<double>(got.refused))
    .add("elections", sum_of_terms(cluster) - terms)
    .add("resident_growth_mebibytes", (cluster.largest_resident_bytes() - resident) / (1 << 20))
    .print();
  return rate;
}

/// Each flooded rate is compared with the quiet ones before and after it: logs grow, and what they cost changes with that.
void measure_loaded(const bench_options& options, const bench_cluster& cluster, const load_plan& plan) {
  run_load(*cluster.system, cluster.nodes.front(), plan, cluster.processes()); // the first one meets empty logs
  auto before = measure(options, cluster, plan, false);
  for (std::uint32_t run = 0; run < options.runs; ++run) {
    auto flooded = measure(options, cluster, plan, true);
    auto after = measure(options, cluster, plan, false);
    json_line{}
      .add("bench", "flood_ratio")
      .add("security", security_of(options))
      .add("rate_ratio", 2 * flooded / (before + after))
      .add("quiet_ratio", after / before)
      .print();
    before = after;
  }
}

} // namespace

int run_flood(const bench_options& options) {
  for (auto partitions : options.partitions) {
    auto local = options;
    local.directory = options.directory + "/flood-p" + std::to_string(partitions);
    std::filesystem::create_directories(local.directory);
    auto cluster = start_cluster(local, partitions);
    if (!cluster)
      return 1;
    for (std::uint32_t run = 0; run < options.runs; ++run)
      measure_unloaded(local, *cluster);
    for (auto in_flight : options.in_flight) {
      load_plan plan{options.payloads.front(), in_flight, partitions, options.warm_up_seconds, options.seconds};
      measure_loaded(local, *cluster, plan);
    }
    cluster.reset();
    std::filesystem::remove_all(local.directory);
  }
  return 0;
}

} // namespace kommander::bench
