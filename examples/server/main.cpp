/// kommander-server: a node from the command line. SIGTERM and SIGINT stop it, SIGUSR1 writes the digest file, and on
/// SIGUSR2 it leaves its cluster and ends.
/// kommander-server recover: see recover.hpp.
#include "ledger.hpp"
#include "options.hpp"
#include "recover.hpp"

#include <caf/io/all.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace kommander;

namespace {

/// The library gives up waiting after four seconds by itself.
constexpr unsigned stop_seconds_max = 5;

struct server_config : caf::actor_system_config {
  server_config() {
    load<caf::io::middleman>();
    setup(*this);
  }
};

/// The signals that `main` waits for. To be blocked before there are other threads.
sigset_t awaited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (auto x : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2})
    sigaddset(&set, x);
  return set;
}

/// One line a partition: "partition last entries hash". Under another name first, so that readers see all or nothing.
bool write_digests(const server::digests& all, const std::string& path) {
  auto fresh = path + ".new";
  std::ofstream out{fresh, std::ios::trunc};
  for (const auto& x : all)
    out << to_string(x.partition) << ' ' << to_string(x.last) << ' ' << x.entries << ' ' << std::hex << x.hash
        << std::dec << '\n';
  out.close();
  return out.good() && std::rename(fresh.c_str(), path.c_str()) == 0;
}

void report_digests(caf::scoped_actor& self, const server::ledger_actor& ledger, const std::string& path) {
  if (path.empty())
    return;
  auto written = false;
  self->request(ledger, caf::infinite, server::get_digests{})
    .receive([&](const server::digests& x) { written = write_digests(x, path); }, [](const caf::error&) {});
  if (!written)
    std::cerr << "cannot write the digest file " << path << '\n';
}

/// Prepares the folders of the command line. Prints what is wrong with them.
bool prepare_folders(const server::options& options) {
  std::error_code error;
  if (!options.apply_log.empty())
    std::filesystem::create_directories(options.apply_log, error);
  if (error)
    std::cerr << "--apply-log " << options.apply_log << ": " << error.message() << '\n';
  return !error;
}

/// False, and said why, if the node stays a member.
bool leave(caf::scoped_actor& self, const raft_actor& node) {
  membership_result result;
  self->request(node, caf::infinite, leave_cluster())
    .receive([&](const membership_result& x) { result = x; }, [](const caf::error&) {});
  if (result.code != status::success)
    std::cerr << "the node has not left the cluster: " << result.reason << std::endl;
  return result.code == status::success;
}

/// Runs the node until a signal ends it.
int serve(caf::actor_system& system, const server::options& options, const sigset_t& signals) {
  auto ledger = server::spawn_ledger(system, options.apply_log);
  raft_parts parts;
  parts.log = server::log_of(options);
  parts.net = middleman_transport();
  parts.discovery = {options.members, options.join};
  parts.finder = server::finder_of(options, parts.net);
  parts.cluster_epoch = options.cluster_epoch;
  auto node = spawn_raft(system, options.raft, std::move(parts), state_machine{ledger});
  if (!node) {
    std::cerr << node.error().message << '\n';
    return EXIT_FAILURE;
  }
  caf::scoped_actor self{system};
  std::cout << options.raft.effective_node_name() << " is up (process " << getpid() << ")" << std::endl;
  auto signal = 0;
  while (sigwait(&signals, &signal) == 0 && (signal == SIGUSR1 || (signal == SIGUSR2 && !leave(self, *node))))
    if (signal == SIGUSR1)
      report_digests(self, ledger, options.digest_file);
  // If stopping should hang in spite of its own bounds, the alarm ends the process; the log is safe at any moment.
  alarm(stop_seconds_max);
  self->request(*node, caf::infinite, stop{})
    .receive([](const operation_result&) {}, [](const caf::error& x) { std::cerr << to_string(x) << '\n'; });
  report_digests(self, ledger, options.digest_file);
  std::cout << options.raft.effective_node_name() << " has stopped" << std::endl;
  return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv) {
  auto parsed = server::parse(argc, argv);
  if (auto* end = std::get_if<server::early_end>(&parsed)) {
    (end->status == 0 ? std::cout : std::cerr) << end->message << '\n';
    return end->status;
  }
  const auto& options = std::get<server::options>(parsed);
  if (options.what != server::command::serve)
    return server::recover(options);
  auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  if (!prepare_folders(options))
    return server::bad_usage;
  server_config config;
  caf::actor_system system{config};
  return serve(system, options, signals);
}
