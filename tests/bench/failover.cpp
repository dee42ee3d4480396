#include "tests/bench/failover.hpp"

#include <array>
#include <caf/io/all.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "kommander/kommander.hpp"
#include "tests/bench/node.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/report.hpp"

namespace kommander::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct client_config : caf::actor_system_config {
  client_config() {
    load<caf::io::middleman>();
    kommander::setup(*this);
  }
};

/// The three processes and a connection to each.
class cluster {
public:
  cluster(caf::actor_system& system, bench_options options) : self_{system}, options_{std::move(options)} {
    for (auto& port : client_ports_)
      port = free_port();
    for (std::uint32_t node = 1; node <= 3; ++node)
      start(node);
  }

  void start(std::uint32_t node) {
    auto options = options_;
    options.client_port = client_ports_[node - 1];
    processes_[node - 1] = child_process{node_arguments(options, node, 1, true)};
    handles_[node - 1] = raft_actor{};
  }

  void kill(std::uint32_t node) {
    processes_[node - 1].kill();
    handles_[node - 1] = raft_actor{};
  }

  /// Proposes at whoever takes it, until a write has committed; returns the leader's number, 0 after a minute.
  std::uint32_t commit_one() {
    auto deadline = clock::now() + 60s;
    while (clock::now() < deadline) {
      for (std::uint32_t node = 1; node <= 3; ++node) {
        if (propose_at(node))
          return node;
      }
      std::this_thread::sleep_for(1ms);
    }
    return 0;
  }

private:
  bool propose_at(std::uint32_t node) {
    if (processes_[node - 1].id() == 0)
      return false;
    auto& handle = handles_[node - 1];
    if (!handle) {
      auto connected = connect(self_->system(), {"127.0.0.1", client_ports_[node - 1]}, 500ms);
      if (!connected.ok())
        return false;
      handle = *connected;
    }
    auto committed = false;
    self_->request(handle, 1s, propose{partition_id{1}, "bench", bytes{"failover"}})
      .receive([&](const propose_result& x) { committed = x.code == status::success; },
               [&](const caf::error&) { handle = raft_actor{}; });
    return committed;
  }

  caf::scoped_actor self_;
  bench_options options_;
  std::array<child_process, 3> processes_;
  std::array<raft_actor, 3> handles_;
  std::array<std::uint16_t, 3> client_ports_{};
};

} // namespace

int run_failover(bench_options options) {
  client_config config;
  caf::actor_system system{config};
  options.ports = {free_port(), free_port(), free_port()};
  cluster nodes{system, options};
  std::vector<double> milliseconds;
  for (std::uint32_t trial = 1; trial <= options.trials; ++trial) {
    auto leader = nodes.commit_one();
    if (leader == 0) {
      std::fprintf(stderr, "no write committed within a minute\n");
      return 1;
    }
    auto begun = clock::now();
    nodes.kill(leader);
    if (nodes.commit_one() == 0) {
      std::fprintf(stderr, "no write committed within a minute after the leader's death\n");
      return 1;
    }
    milliseconds.push_back(std::chrono::duration<double, std::milli>(clock::now() - begun).count());
    json_line{}.add("bench", "failover").add("trial", trial).add("milliseconds", milliseconds.back()).print();
    nodes.start(leader);
  }
  auto median = quantile(milliseconds, 0.5);
  json_line{}
    .add("bench", "failover")
    .add("trials", static_cast<double>(milliseconds.size()))
    .add("median_milliseconds", median)
    .add("max_milliseconds", quantile(milliseconds, 1))
    .print();
  return 0;
}

} // namespace kommander::bench
