#include "tests/bench/node.hpp"

#include <pthread.h>
#include <signal.h>

#include <caf/io/all.hpp>
#include <cstdio>
#include <filesystem>

#include "kommander/testing/in_process_network.hpp"
#include "tests/bench/split.hpp"
#include "tests/net/certificates.hpp"

namespace kommander::bench {

namespace {

using namespace std::chrono_literals;

/// Where `holds` is set, it says that it holds durably what it is given, so that logs are compacted.
state_machine::behavior_type counter(state_machine::pointer, bool holds) {
  auto take = [=](const std::vector<entry>& entries) {
    return applied{holds ? entries.back().index : log_index{}, {}};
  };
  return {
    [=](const restore_entries& x) { return take(x.entries); },
    [=](const apply_entries& x) { return take(x.entries); },
  };
}

void set_timing(raft_config& config, const bench_options& options) {
  if (options.mode == "failover") {
    config.heartbeat_interval = 100ms;
    config.start_election_timeout = 400ms;
    config.ping_interval = 200ms;
    config.ping_timeout = 100ms;
    config.end_election_timeout = 800ms;
  } else if (options.mode == "flood" && !options.may_lead) {
    // The library's own: whether they hold an election under the flood is the question.
  } else if (options.may_lead) {
    config.start_election_timeout = 1100ms;
    config.end_election_timeout = 1200ms;
  } else {
    config.start_election_timeout = 60s; // leaves leadership to the node that is measured
    config.end_election_timeout = 90s;
  }
  config.check_leader_interval = std::min(config.check_leader_interval, config.start_election_timeout / 4);
}

void set_security(security_config& config, const bench_options& options, const std::string& name) {
  if (options.tls) {
    config.mode = auth_mode::mutual_tls;
    config.certificate_file = options.certificates + "/" + name + ".pem";
    config.private_key_file = options.certificates + "/" + name + ".key";
    config.authorities_file = options.certificates + "/" + name + "-authorities.pem";
  }
  if (options.secret) {
    config.mode = auth_mode::shared_secret;
    config.shared_secret = "not a secret, but long enough for one";
    config.require_tls = options.tls;
  }
}

void complain(const failure& why) {
  std::fprintf(stderr, "cannot start a node: %s\n", why.message.c_str());
}

} // namespace

node_config::node_config(const bench_options& options, std::uint32_t node) {
  load<caf::io::middleman>();
  raft.node_name = "node" + std::to_string(node);
  raft.node_id = node;
  raft.log_level = "error";
  raft.initial_partitions = options.partitions.front();
  raft.wal_writers = options.wal_writers;
  set_security(raft.security, options, raft.node_name);
  if (!options.ports.empty())
    raft.port = options.ports[node - 1];
  raft.client_port = options.client_port;
  set_timing(raft, options);
  kommander::setup(*this, raft);
  set("scheduler.max-threads", options.threads);
}

void make_certificates(bench_options& options) {
  options.certificates = options.directory + "/certificates";
  std::filesystem::create_directories(options.certificates);
  auto authority = test::make_authority();
  for (std::uint32_t node = 1; node <= 3; ++node)
    test::write_settings(options.certificates, "node" + std::to_string(node),
                         test::issue(test::node_request(node), &authority), {&authority});
}

std::string security_of(const bench_options& options) {
  return options.secret ? (options.tls ? "secret within TLS" : "secret") : options.tls ? "mutual TLS" : "none";
}

state_machine spawn_counter(caf::actor_system& system, const bench_options& options) {
  return system.spawn(counter, options.compacts);
}

wal_factory log_of(const bench_options& options, const std::string& path) {
  return options.log == "sqlite" ? sqlite_wal(path) : options.log == "memory" ? memory_wal() : rocksdb_wal(path);
}

static_discovery three_members(const bench_options& options) {
  static_discovery result;
  for (std::uint32_t node = 1; node <= 3; ++node)
    result.members.push_back({node_id{node}, {"127.0.0.1", options.ports[node - 1]}});
  return result;
}

machine_handle spawn_machine(caf::actor_system& system, const bench_options& options) {
  if (options.mode == "split")
    return spawn_keys(system, make_key_counts());
  return spawn_counter(system, options);
}

raft_actor start_node(caf::actor_system& system, const raft_config& config, const bench_options& options,
                      std::uint32_t node, const machine_handle& machine) {
  auto path = options.directory + "/node" + std::to_string(node);
  raft_parts parts{log_of(options, path), middleman_transport(), three_members(options)};
  auto raft = spawn_raft(system, config, std::move(parts), machine);
  if (!raft.ok()) {
    complain(raft.error());
    return {};
  }
  return *raft;
}

std::vector<raft_actor> start_three_in_process(caf::actor_system& system, const bench_options& options,
                                               std::uint32_t partitions) {
  auto network = in_process_network::make();
  auto local = options;
  local.ports = {1, 2, 3};
  std::vector<raft_actor> nodes;
  for (std::uint32_t node = 1; node <= 3; ++node) {
    local.may_lead = node == 1;
    local.partitions = {partitions};
    node_config config{local, node};
    auto raft = spawn_raft(system, config.raft, {memory_wal(), in_process_transport(network), three_members(local)},
                           spawn_counter(system, options));
    if (!raft.ok()) {
      complain(raft.error());
      return {};
    }
    nodes.push_back(*raft);
  }
  return nodes;
}

int run_node(const bench_options& options) {
  node_config config{options, options.node};
  sigset_t none;
  sigemptyset(&none);
  caf::actor_system system{config};
  auto raft = start_node(system, config.raft, options, options.node, spawn_machine(system, options));
  if (!raft)
    return 1;
  for (;;)
    sigsuspend(&none);
}

std::vector<std::string> node_arguments(const bench_options& options, std::uint32_t node, std::uint32_t partitions,
                                        bool may_lead) {
  std::vector<std::string> result{"--node",        std::to_string(node),
                                  "--mode",        options.mode,
                                  "--directory",   options.directory,
                                  "--log",         options.log,
                                  "--partitions",  std::to_string(partitions),
                                  "--writers",     std::to_string(options.wal_writers),
                                  "--threads",     std::to_string(options.threads),
                                  "--may-lead",    may_lead ? "1" : "0",
                                  "--client-port", std::to_string(options.client_port),
                                  "--ports"};
  for (auto port : options.ports)
    result.push_back(std::to_string(port));
  if (options.compacts)
    result.push_back("--compact");
  if (options.secret)
    result.push_back("--secret");
  if (options.tls) {
    result.push_back("--tls");
    result.push_back("--certificates");
    result.push_back(options.certificates);
  }
  return result;
}

bool wait_until_leader(caf::actor_system& system, const raft_actor& node, std::uint32_t partitions) {
  caf::scoped_actor self{system};
  node_id own;
  self->request(node, caf::infinite, get_status{})
    .receive([&](const node_status& x) { own = x.self.id; }, [](const caf::error&) {});
  for (std::uint64_t p = 0; p <= partitions; ++p) {
    leader_result found;
    self->request(node, caf::infinite, wait_for_leader{partition_id{p}, 0ms, 60s})
      .receive([&](const leader_result& x) { found = x; }, [](const caf::error&) {});
    if (found.code != status::success || found.leader.id != own) {
      std::fprintf(stderr, "partition %llu: expected node %s to lead, found %s (%s)\n",
                   static_cast<unsigned long long>(p), to_string(own).c_str(), to_string(found.leader.id).c_str(),
                   std::string{to_string(found.code)}.c_str());
      return false;
    }
  }
  return true;
}

} // namespace kommander::bench
