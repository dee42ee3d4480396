#include "tests/bench/idle.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "tests/bench/nodes_together.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t nodes = 3;
constexpr auto patience = 10min;

double seconds_since(steady_clock::time_point x) {
  return std::chrono::duration<double>{steady_clock::now() - x}.count();
}

struct memory_use {
  double resident = 0;
  double allocated = 0; ///< By malloc; what it holds beside is free.
};

memory_use measure_memory() {
  auto heap = mallinfo2();
  return {resident_bytes(::getpid()), static_cast<double>(heap.uordblks + heap.hblkhd)};
}

/// Until all partitions sleep on all nodes; false if that takes too long.
bool await_sleep(nodes_together& cluster, std::uint32_t partitions) {
  auto sleeps = [&](const raft_actor& node) {
    auto status = cluster.status_of(node);
    return std::ranges::count_if(status.partitions, &partition_status::asleep) == std::int64_t{partitions} + 1;
  };
  auto end = steady_clock::now() + patience;
  while (!std::ranges::all_of(cluster.nodes(), sleeps)) {
    if (steady_clock::now() > end) {
      std::fprintf(stderr, "the cluster does not fall asleep\n");
      return false;
    }
    std::this_thread::sleep_for(500ms); // to ask for so many statuses costs something itself
  }
  return true;
}

/// What a cluster of one partition needs that is there anyway.
std::optional<memory_use> measure_rest(const bench_options& options) {
  nodes_together small{options, 1, options.directory + "/small"};
  if (!small.await_leaders())
    return std::nullopt;
  return measure_memory();
}

} // namespace

int run_idle(const bench_options& options) {
  for (auto partitions : options.partitions) {
    auto rest = measure_rest(options);
    if (!rest)
      return 1;
    auto begun = steady_clock::now();
    nodes_together cluster{options, partitions, options.directory + "/idle-p" + std::to_string(partitions)};
    if (!cluster.await_leaders())
      return 1;
    auto started = seconds_since(begun);
    if (options.quiescence && !await_sleep(cluster, partitions))
      return 1;
    auto asleep = seconds_since(begun);
    std::this_thread::sleep_for(std::chrono::duration<double>{options.warm_up_seconds});
    auto cpu = cpu_seconds(::getpid());
    auto messages = cluster.messages();
    std::this_thread::sleep_for(std::chrono::duration<double>{options.seconds});
    auto used = cpu_seconds(::getpid()) - cpu;
    auto sent = cluster.messages() - messages;
    auto memory = measure_memory();
    auto each = static_cast<double>(nodes * (partitions - 1));
    json_line{}
      .add("bench", "idle")
      .add("partitions", partitions)
      .add("seconds", options.seconds)
      .add("start_seconds", started)
      .add("asleep_seconds", options.quiescence ? asleep : 0)
      .add("cpu_percent_per_node", 100 * used / options.seconds / nodes)
      .add("messages", static_cast<double>(sent))
      .add("resident_kibibytes_per_partition_and_node", (memory.resident - rest->resident) / each / 1024)
      .add("allocated_kibibytes_per_partition_and_node", (memory.allocated - rest->allocated) / each / 1024)
      .print();
  }
  return 0;
}

} // namespace kommander::bench
