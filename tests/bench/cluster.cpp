#include "tests/bench/cluster.hpp"

#include <unistd.h>

#include <algorithm>
#include <caf/io/all.hpp>

namespace kommander::bench {

bench_cluster::~bench_cluster() {
  if (!system)
    return;
  caf::scoped_actor self{*system};
  for (auto& x : nodes)
    self->request(x, caf::infinite, stop{}).receive([](const operation_result&) {}, [](const caf::error&) {});
  nodes.clear();
}

std::vector<int> bench_cluster::processes() const {
  std::vector<int> result{::getpid()};
  for (const auto& x : children)
    result.push_back(x.id());
  return result;
}

double bench_cluster::largest_resident_bytes() const {
  double result = 0;
  for (auto x : processes())
    result = std::max(result, resident_bytes(x));
  return result;
}

std::unique_ptr<bench_cluster> start_cluster(bench_options options, std::uint32_t partitions) {
  auto result = std::make_unique<bench_cluster>();
  options.partitions = {partitions};
  if (options.mode != "in-process") {
    options.ports = {free_port(), free_port(), free_port()};
    result->ports = options.ports;
    for (std::uint32_t node = 2; node <= 3; ++node)
      result->children.emplace_back(node_arguments(options, node, partitions, false));
  }
  result->config = std::make_unique<node_config>(options, 1);
  result->system = std::make_unique<caf::actor_system>(*result->config);
  if (options.mode == "in-process")
    result->nodes = start_three_in_process(*result->system, options, partitions);
  else if (auto node = start_node(*result->system, result->config->raft, options, 1,
                                  options.mode == "split" ? machine_handle{spawn_keys(*result->system, result->counts)}
                                                          : spawn_machine(*result->system, options)))
    result->nodes.push_back(std::move(node));
  if (result->nodes.empty() || !wait_until_leader(*result->system, result->nodes.front(), partitions))
    return nullptr;
  return result;
}

} // namespace kommander::bench
