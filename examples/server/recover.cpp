#include "recover.hpp"

#include <cstdlib>
#include <iostream>

namespace server {

using namespace kommander;

namespace {

constexpr const char* rule = "**********************************************************************\n";

void print(const std::string& key, const std::string& value) {
  std::cout << key << ": " << value << '\n';
}

std::string listed(const std::vector<node_id>& xs) {
  std::string result;
  for (auto x : xs)
    result += (result.empty() ? "" : ",") + to_string(x);
  return result;
}

void print(const recovery_report& x) {
  print("cluster", x.cluster_id);
  print("node", to_string(x.node));
  print("epoch", x.epoch.empty() ? "none" : x.epoch);
  for (const auto& g : x.groups) {
    std::cout << "partition " << to_string(g.partition) << ": last entry " << to_string(g.last.index) << " of term "
              << to_string(g.last.term) << ", committed up to " << to_string(g.commit) << " or more, in term "
              << to_string(g.term) << ", voters " << listed(g.voters);
    if (g.fenced)
      std::cout << ", FENCED: it may lack entries that it had acknowledged";
    if (!g.damage.empty())
      std::cout << ", DAMAGED: " << g.damage;
    std::cout << '\n';
  }
  for (const auto& text : x.audit)
    std::cout << "recorded:\n" << text;
  for (const auto& text : x.warnings)
    std::cout << "WARNING: " << text << '\n';
}

void warn(const options& options) {
  std::cerr << rule
            << "This node becomes the only voter of all its partitions, in a new epoch of the\n"
               "cluster. What the others had acknowledged and this log lacks is LOST FOR EVER.\n"
               "If any other member still runs or is started again with its old log, there\n"
               "are TWO CLUSTERS of this name. Stop them all and throw their logs away.\n"
            << (options.force ? "You have FORCED this.\n" : "") << rule;
}

void print_next_steps(const options& options, const recovery_report& report) {
  std::cerr << rule << "Recovered. Now start this server as before. All other servers: with an EMPTY log,\n"
            << "  --cluster-epoch=" << report.epoch << "\n"
            << "and never again with what they had. Do not run this on any of them.\n";
  for (const auto& x : options.members)
    if (x.id != report.node)
      std::cerr << "  throw away the log of node " << to_string(x.id) << " at " << to_string(x.address) << '\n';
  std::cerr << rule;
}

int inspect(const options& options) {
  auto report = inspect_offline(log_of(options));
  if (!report) {
    std::cerr << report.error().message << '\n';
    return EXIT_FAILURE;
  }
  print(*report);
  return EXIT_SUCCESS;
}

} // namespace

wal_factory log_of(const options& options) {
  if (options.wal_adapter == "memory")
    return memory_wal();
  return options.wal_adapter == "sqlite" ? sqlite_wal(options.wal_path) : rocksdb_wal(options.wal_path);
}

int recover(const options& options) {
  if (options.what == command::inspect)
    return inspect(options);
  warn(options);
  recovery_request request;
  request.survivor = options.raft.effective_node_id();
  request.members = options.members;
  request.reason = options.reason;
  request.force = options.force;
  auto report = recover_offline(log_of(options), request);
  if (!report) {
    std::cerr << report.error().message << '\n';
    return EXIT_FAILURE;
  }
  print(*report);
  print_next_steps(options, *report);
  return EXIT_SUCCESS;
}

} // namespace server
