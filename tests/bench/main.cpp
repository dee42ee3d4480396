// kommander-bench: what the library costs and gives. Prints JSON lines; never fails on a time.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <caf/io/all.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/bench/balance.hpp"
#include "tests/bench/cluster.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/failover.hpp"
#include "tests/bench/fairness.hpp"
#include "tests/bench/flood.hpp"
#include "tests/bench/flooder.hpp"
#include "tests/bench/idle.hpp"
#include "tests/bench/join.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/restore.hpp"
#include "tests/bench/routing.hpp"
#include "tests/bench/split.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kommander::bench {

namespace {

void print_load(const bench_options& options, const load_plan& plan, load_figures& got, const disk_figures& disk,
                const bench_cluster& cluster) {
  auto commits = static_cast<double>(std::max<std::uint64_t>(got.committed, 1));
  json_line{}
    .add("bench", options.mode)
    .add("partitions", plan.partitions)
    .add("payload_bytes", static_cast<double>(plan.payload_bytes))
    .add("payloads_per_proposal", static_cast<double>(plan.batch))
    .add("compacts", options.compacts ? 1 : 0)
    .add("security", security_of(options))
    .add("in_flight", static_cast<double>(plan.in_flight))
    .add("committed_per_second", static_cast<double>(got.committed) / got.seconds)
    .add("p50_microseconds", quantile(got.microseconds, 0.5))
    .add("p99_microseconds", quantile(got.microseconds, 0.99))
    .add("syncs_per_commit", static_cast<double>(got.syncs) / commits)
    .add("syncs_per_group_write",
         static_cast<double>(got.syncs) / static_cast<double>(std::max<std::uint64_t>(got.group_writes, 1)))
    .add("commits_per_write", commits / static_cast<double>(std::max<std::uint64_t>(got.writes, 1)))
    .add("cpu_microseconds_per_commit", got.cpu_seconds * 1e6 / commits)
    .add("largest_resident_mebibytes", cluster.largest_resident_bytes() / (1 << 20))
    .add("refused", static_cast<double>(got.refused))
    .add("disk_p50_microseconds", disk.p50_microseconds)
    .add("disk_p99_microseconds", disk.p99_microseconds)
    .add("disk_syncs_per_second", disk.syncs_per_second)
    .print();
}

int run_loads(const bench_options& options) {
  for (auto partitions : options.partitions) {
    for (std::uint32_t run = 0; run < options.runs; ++run) {
      auto local = options;
      local.directory = options.directory + "/p" + std::to_string(partitions) + "-run" + std::to_string(run);
      std::filesystem::create_directories(local.directory);
      auto cluster = start_cluster(local, partitions);
      if (!cluster)
        return 1;
      for (auto payload : options.payloads) {
        auto disk = options.with_disk_baseline ? measure_disk(local.directory, payload, 1) : disk_figures{};
        for (auto batch : options.batches) {
          for (auto in_flight : options.in_flight) {
            load_plan plan{payload, in_flight, partitions, options.warm_up_seconds, options.seconds, batch};
            auto got = run_load(*cluster->system, cluster->nodes.front(), plan, cluster->processes());
            print_load(options, plan, got, disk, *cluster);
          }
        }
      }
      cluster.reset();
      std::filesystem::remove_all(local.directory);
    }
  }
  return 0;
}

void print_fairness(const std::string& of, std::vector<double> alone, std::vector<double> beside) {
  auto p99_alone = quantile(alone, 0.99);
  auto p99 = quantile(beside, 0.99);
  json_line{}
    .add("bench", "fairness")
    .add("of", of)
    .add("samples_alone", static_cast<double>(alone.size()))
    .add("samples", static_cast<double>(beside.size()))
    .add("p50_microseconds_alone", quantile(alone, 0.5))
    .add("p50_microseconds", quantile(beside, 0.5))
    .add("p99_microseconds_alone", p99_alone)
    .add("p99_microseconds", p99)
    .add("p99_ratio", p99 / p99_alone)
    .print();
}

/// The waits of 63 quiet partitions, without and with a busy one beside them, in turns: a disk has good times and bad ones,
/// and only what all turns show together is more than its mood.
int run_fairness(const bench_options& options) {
  constexpr std::uint32_t partitions = 64;
  constexpr std::size_t busy_in_flight = 256;
  auto local = options;
  local.mode = "processes";
  std::filesystem::create_directories(local.directory);
  auto cluster = start_cluster(local, partitions);
  if (!cluster)
    return 1;
  quiet_plan plan{2, partitions, 0.1, options.warm_up_seconds, options.seconds};
  std::vector<double> all_alone, all_beside;
  for (std::uint32_t run = 0; run < options.runs; ++run) {
    auto alone = measure_quiet(*cluster->system, cluster->nodes.front(), plan, 0);
    auto beside = measure_quiet(*cluster->system, cluster->nodes.front(), plan, busy_in_flight);
    print_fairness("one turn", alone, beside);
    all_alone.insert(all_alone.end(), alone.begin(), alone.end());
    all_beside.insert(all_beside.end(), beside.begin(), beside.end());
  }
  print_fairness("all turns", all_alone, all_beside);
  return 0;
}

/// What a leader needs for entries that a dead follower lacks.
int run_memory(const bench_options& options) {
  auto local = options;
  local.mode = "processes";
  std::filesystem::create_directories(local.directory);
  auto cluster = start_cluster(local, 1);
  if (!cluster)
    return 1;
  load_plan plan{options.payloads.front(), 1024, 1, 0, options.seconds};
  run_load(*cluster->system, cluster->nodes.front(), plan, {}); // what is needed for any load is there at rest, too
  cluster->children.back().kill();
  auto at_rest = resident_bytes(::getpid());
  std::uint64_t committed = 0;
  while (committed < options.entries) {
    committed += run_load(*cluster->system, cluster->nodes.front(), plan, {}).committed;
    json_line{}
      .add("bench", "memory")
      .add("entries_behind", static_cast<double>(committed))
      .add("payload_mebibytes_behind", static_cast<double>(committed * plan.payload_bytes) / (1 << 20))
      .add("mebibytes_above_rest", (resident_bytes(::getpid()) - at_rest) / (1 << 20))
      .print();
  }
  return 0;
}

int run_split(const bench_options& options) {
  for (std::uint32_t run = 0; run < options.runs; ++run) {
    auto local = options;
    local.directory = options.directory + "/split-run" + std::to_string(run);
    std::filesystem::create_directories(local.directory);
    auto cluster = start_cluster(local, 1);
    if (!cluster || !measure_split(*cluster->system, cluster->nodes.front(), cluster->counts, local))
      return 1;
    cluster.reset();
    std::filesystem::remove_all(local.directory);
  }
  return 0;
}

void declare(CLI::App& app, bench_options& options) {
  app
    .add_option(
      "--mode", options.mode,
      "processes, in-process, idle, failover, fairness, flood, memory, restore, routing, split, join or balance")
    ->check(CLI::IsMember({"processes", "in-process", "idle", "failover", "fairness", "flood", "memory", "restore",
                           "routing", "split", "join", "balance"}))
    ->capture_default_str();
  app.add_option("--directory", options.directory, "where the logs go; a fresh temporary folder by default");
  app
    .add_option("--log", options.log,
                "rocksdb or sqlite, with idle also memory; not in-process, where logs are in memory")
    ->check(CLI::IsMember({"rocksdb", "sqlite", "memory"}));
  app.add_option("--payload", options.payloads, "bytes of a payload")->check(CLI::PositiveNumber);
  app.add_option("--batch", options.batches, "payloads of one proposal")->check(CLI::PositiveNumber);
  app.add_option("--in-flight", options.in_flight, "proposals outstanding")->check(CLI::PositiveNumber);
  app.add_option("--partitions", options.partitions, "partitions")->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "counted seconds of each figure")->check(CLI::PositiveNumber);
  app.add_option("--warm-up", options.warm_up_seconds, "seconds before counting")->check(CLI::NonNegativeNumber);
  app.add_option("--runs", options.runs, "repetitions")->check(CLI::PositiveNumber);
  app.add_option("--trials", options.trials, "failovers")->check(CLI::PositiveNumber);
  app
    .add_option("--entries", options.entries, "of the log that is restored, or that the dead follower lacks in the end")
    ->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "scheduler threads of each node; the nodes share this machine")
    ->check(CLI::PositiveNumber);
  app.add_option("--writers", options.wal_writers, "writers of each node's log")->check(CLI::PositiveNumber);
  app.add_flag("--compact", options.compacts, "state machines hold what they are given, so that logs are compacted");
  app.add_flag("--secret", options.secret, "with processes and flood: nodes share a secret and sign all that they say");
  app.add_flag(
    "--tls", options.tls,
    "with processes and flood: nodes speak TLS, with certificates of both sides; with --secret that within it");
  app.add_option("--flood-rate", options.flood_rate, "with flood: bad connections a second")
    ->check(CLI::PositiveNumber);
  app.add_flag("!--no-quiescence", options.quiescence, "with idle: partitions never sleep");
  app.add_flag("!--no-disk", options.with_disk_baseline, "leave the plain append and fdatasync out");
  app.add_option("--node", options.node)->group("");
  app.add_flag("--flooder", options.floods)->group("");
  app.add_option("--certificates", options.certificates)->group("");
  app.add_option("--ports", options.ports)->group("");
  app.add_option("--client-port", options.client_port)->group("");
  app.add_option("--may-lead", options.may_lead)->group("");
}

int run(bench_options options) {
  if (options.node != 0)
    return run_node(options);
  if (options.floods)
    return run_flooder(options);
  auto own_directory = options.directory.empty();
  if (own_directory)
    options.directory = test::make_directory("kommander-bench");
  if (options.tls)
    make_certificates(options);
  auto code = options.mode == "failover"   ? run_failover(options)
              : options.mode == "idle"     ? run_idle(options)
              : options.mode == "join"     ? run_join(options)
              : options.mode == "balance"  ? run_balance(options)
              : options.mode == "fairness" ? run_fairness(options)
              : options.mode == "flood"    ? run_flood(options)
              : options.mode == "memory"   ? run_memory(options)
              : options.mode == "restore"  ? run_restore(options)
              : options.mode == "routing"  ? run_routing(options)
              : options.mode == "split"    ? run_split(options)
                                           : run_loads(options);
  if (own_directory)
    std::filesystem::remove_all(options.directory);
  return code;
}

} // namespace

} // namespace kommander::bench

int main(int argc, char** argv) {
  kommander::bench::bench_options options;
  CLI::App app{"Measures a cluster of three nodes; prints JSON lines"};
  kommander::bench::declare(app, options);
  CLI11_PARSE(app, argc, argv);
  return kommander::bench::run(std::move(options));
}
