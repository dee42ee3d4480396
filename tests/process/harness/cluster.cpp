#include "tests/process/harness/cluster.hpp"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <thread>

namespace process_test {

namespace fs = std::filesystem;
using kommander::endpoint;
using kommander::node_id;

namespace {

std::string text(std::chrono::milliseconds x) {
  return std::to_string(x.count());
}

} // namespace

bool eventually(const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

cluster::cluster(cluster_options options) : options_{std::move(options)} {
  for (std::size_t i = 0; i < options_.nodes; ++i) {
    fs::create_directory(scratch_ / name_of(i));
    nodes_.push_back({next_port(), next_port(), file_of(i, "wal"), child{}, {}, {}});
  }
}

std::string cluster::name_of(std::size_t node) {
  return "n" + std::to_string(node + 1);
}

node_id cluster::id_of(std::size_t node) {
  return kommander::derive_node_id(name_of(node));
}

std::string cluster::host_of(std::size_t node) const {
  return options_.net != nullptr ? options_.net->address(node) : own_address();
}

endpoint cluster::raft_address(std::size_t node) const {
  return {host_of(node), nodes_[node].raft_port};
}

endpoint cluster::client_address(std::size_t node) const {
  return {host_of(node), nodes_[node].client_port};
}

std::string& cluster::wal_path(std::size_t node) {
  return nodes_[node].wal_path;
}

std::string cluster::file_of(std::size_t node, const std::string& what) const {
  return scratch_ / name_of(node) + "/" + what;
}

std::string cluster::output_of(std::size_t node) const {
  return read_file(file_of(node, "output"));
}

std::vector<std::string> cluster::command_line(std::size_t node) const {
  const auto& self = nodes_[node];
  auto is_initial = [](const member& x) { return x.asks.empty() && x.finds.empty(); };
  std::string members;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (is_initial(self) ? is_initial(nodes_[i]) : std::ranges::find(self.asks, i) != self.asks.end())
      members += name_of(i) + "@" + to_string(raft_address(i)) + ",";
  std::vector<std::string> result{KOMMANDER_SERVER,
                                  "--raft-host=" + host_of(node),
                                  "--raft-port=" + std::to_string(self.raft_port),
                                  "--initial-cluster-partitions=" + std::to_string(options_.partitions),
                                  "--raft-nodename=" + name_of(node),
                                  "--client-port=" + std::to_string(nodes_[node].client_port),
                                  "--cluster-id=" + options_.cluster_id,
                                  "--wal-adapter=rocksdb",
                                  "--wal-path=" + nodes_[node].wal_path,
                                  "--heartbeat-interval=" + text(options_.heartbeat),
                                  "--check-leader-interval=" + text(options_.heartbeat / 2),
                                  "--start-election-timeout=" + text(options_.election_min),
                                  "--end-election-timeout=" + text(options_.election_max),
                                  "--apply-log=" + file_of(node, "applied")};
  if (self.finds.empty())
    result.push_back((self.asks.empty() ? "--initial-cluster=" : "--join=") + members);
  result.insert(result.end(), self.finds.begin(), self.finds.end());
  if (options_.security)
    std::ranges::copy(options_.security(node), std::back_inserter(result));
  result.insert(result.end(), options_.arguments.begin(), options_.arguments.end());
  return result;
}

std::size_t cluster::add_node(std::vector<std::string> arguments) {
  auto number = nodes_.size();
  fs::create_directory(scratch_ / name_of(number));
  nodes_.push_back({next_port(), next_port(), file_of(number, "wal"), child{}, {}, std::move(arguments)});
  for (std::size_t i = 0; i < number && nodes_.back().finds.empty(); ++i)
    nodes_.back().asks.push_back(i);
  return number;
}

void cluster::move(std::size_t node) {
  nodes_[node].raft_port = next_port();
}

void cluster::start(std::size_t node) {
  auto name_space = options_.net != nullptr ? options_.net->name_space(node).number() : -1;
  nodes_[node].process = child{{command_line(node), file_of(node, "output"), false, name_space}};
}

void cluster::start_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    start(i);
}

void cluster::kill(std::size_t node) {
  nodes_[node].process.kill();
}

void cluster::pause(std::size_t node) {
  process(node).signal(SIGSTOP);
  if (!eventually([&] { return process(node).stopped(); }))
    throw test_failure{name_of(node) + " does not stop"};
}

void cluster::resume(std::size_t node) {
  process(node).signal(SIGCONT);
}

std::optional<ending> cluster::terminate(std::size_t node) {
  process(node).signal(SIGTERM);
  return process(node).await_end(patience);
}

child& cluster::process(std::size_t node) {
  return nodes_[node].process;
}

std::set<std::size_t> cluster::running() const {
  std::set<std::size_t> result;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].process.alive())
      result.insert(i);
  return result;
}

replica cluster::applied(std::size_t node, std::uint64_t partition) const {
  return read_replica(file_of(node, "applied/partition-" + std::to_string(partition) + ".log"));
}

std::string cluster::describe() const {
  constexpr std::size_t lines = 12;
  std::string result;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    result += "-- " + name_of(i) + (nodes_[i].process.alive() ? " runs\n" : " does not run\n")
              + last_lines(file_of(i, "output"), lines) + "\n";
  return result;
}

} // namespace process_test
