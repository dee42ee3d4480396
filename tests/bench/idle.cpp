#include "tests/bench/idle.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <caf/all.hpp>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "kommander/testing/in_process_network.hpp"
#include "tests/bench/node.hpp"
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

/// Settings with which a node meets others in its own process; no middleman is loaded.
struct idle_config : caf::actor_system_config {
  raft_config raft;

  idle_config(const bench_options& options, std::uint32_t partitions) {
    raft.log_level = "error";
    raft.initial_partitions = partitions;
    raft.wal_writers = options.wal_writers;
    raft.enable_quiescence = options.quiescence;
    raft.join_timeout = patience;
    kommander::setup(*this, raft);
    set("scheduler.max-threads", options.threads);
  }
};

class idle_cluster {
public:
  idle_cluster(const bench_options& options, std::uint32_t partitions, const std::string& directory)
    : partitions_{partitions},
      directory_{directory},
      config_{options, partitions},
      system_{config_} {
    static_discovery members;
    for (std::uint64_t i = 1; i <= nodes; ++i)
      members.members.push_back({node_id{i}, {"127.0.0.1", static_cast<std::uint16_t>(i)}});
    for (std::uint64_t i = 1; i <= nodes; ++i) {
      auto raft = config_.raft;
      raft.node_name = "node" + std::to_string(i);
      raft.node_id = i;
      auto path = directory + "/node" + std::to_string(i);
      auto started = spawn_raft(system_, raft, {log_of(options, path), in_process_transport(network_), members},
                                spawn_counter(system_, options));
      if (started.ok())
        handles_.push_back(*started);
      else
        std::fprintf(stderr, "cannot start a node: %s\n", started.error().message.c_str());
    }
  }

  ~idle_cluster() {
    caf::scoped_actor self{system_};
    for (auto& x : handles_)
      self->request(x, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
    handles_.clear();
    self->await_all_other_actors_done();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  /// Until all nodes know all partitions and who leads them; false if that takes too long.
  bool await_leaders() {
    caf::scoped_actor self{system_};
    auto joins = [&](const raft_actor& node) {
      auto done = false;
      self->request(node, caf::infinite, join{})
        .receive([&](const operation_result& x) { done = x.code == status::success; }, [](const caf::error&) {});
      return done;
    };
    auto good = handles_.size() == nodes && std::ranges::all_of(handles_, joins);
    if (!good)
      std::fprintf(stderr, "the cluster does not start\n");
    return good;
  }

  /// Until all partitions sleep on all nodes; false if that takes too long.
  bool await_sleep() {
    auto end = steady_clock::now() + patience;
    while (!std::ranges::all_of(handles_, [this](const raft_actor& x) { return sleeps(x); })) {
      if (steady_clock::now() > end) {
        std::fprintf(stderr, "the cluster does not fall asleep\n");
        return false;
      }
      std::this_thread::sleep_for(500ms); // to ask for so many statuses costs something itself
    }
    return true;
  }

  [[nodiscard]] std::uint64_t messages() const {
    return network_->delivered() + network_->dropped();
  }

private:
  bool sleeps(const raft_actor& node) {
    caf::scoped_actor self{system_};
    std::int64_t asleep = 0;
    self->request(node, caf::infinite, get_status{})
      .receive([&](const node_status& x) { asleep = std::ranges::count_if(x.partitions, &partition_status::asleep); },
               [](const caf::error&) {});
    return asleep == std::int64_t{partitions_} + 1;
  }

  std::uint32_t partitions_;
  std::string directory_;
  std::shared_ptr<in_process_network> network_ = in_process_network::make();
  idle_config config_;
  caf::actor_system system_;
  std::vector<raft_actor> handles_;
};

/// What a cluster of one partition needs that is there anyway.
std::optional<memory_use> measure_rest(const bench_options& options) {
  idle_cluster small{options, 1, options.directory + "/small"};
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
    idle_cluster cluster{options, partitions, options.directory + "/idle-p" + std::to_string(partitions)};
    if (!cluster.await_leaders())
      return 1;
    auto started = seconds_since(begun);
    if (options.quiescence && !cluster.await_sleep())
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
