/// What a server says to settings, files and ports that it cannot use: each time what is wrong, by its value.
#define CAF_SUITE process_refusals

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace process_test;

namespace {

constexpr int bad_usage = 2;
constexpr int cannot_run = 1;

struct run {
  std::optional<ending> end; ///< Nothing: it went on.
  std::string output;
};

/// Runs a server that is expected to refuse.
run run_server(const scratch_folder& scratch, std::vector<std::string> arguments, bool without_privilege = false) {
  auto output = scratch / "refusal";
  std::filesystem::remove(output);
  child process{{std::move(arguments), output, without_privilege}};
  auto end = process.await_end(patience);
  return {end, read_file(output)};
}

/// Whether a server ended with `code` and said all of `words`.
bool refuses(const run& x, int code, const std::vector<std::string>& words) {
  auto good = x.end == ending{code, 0};
  for (const auto& word : words)
    good = good && x.output.find(word) != std::string::npos;
  if (!good)
    CAF_MESSAGE((x.end ? "exit code " + std::to_string(x.end->code) + ", signal " + std::to_string(x.end->signal)
                       : std::string{"went on"})
                << ": " << x.output);
  return good;
}

std::vector<std::string> without(std::vector<std::string> arguments, const std::string& option) {
  std::erase_if(arguments, [&](const std::string& x) { return x.starts_with(option + "="); });
  return arguments;
}

/// The command line with one option changed or added.
std::vector<std::string> with(const std::vector<std::string>& arguments, const std::string& option,
                              const std::string& value) {
  auto result = without(arguments, option);
  result.push_back(option + "=" + value);
  return result;
}

struct bad_value {
  std::string option;
  std::string value;
  std::vector<std::string> words; ///< That the message must have.
};

} // namespace

CAF_TEST(a value that makes no sense is named with its option) {
  cluster one{{.nodes = 1}};
  std::string long_id(65, 'c');
  const bad_value values[] = {
    {"--raft-port", "70000", {"--raft-port", "70000"}},
    {"--raft-port", "x1", {"--raft-port", "x1"}},
    {"--client-port", "-1", {"--client-port", "-1"}},
    {"--wal-adapter", "floppy", {"--wal-adapter", "floppy", "rocksdb"}},
    {"--wal-path", "", {"--wal-path"}},
    {"--heartbeat-interval", "soon", {"--heartbeat-interval", "soon"}},
    {"--heartbeat-interval", "0", {"--heartbeat-interval", "0"}},
    {"--heartbeat-interval", "5000", {"heartbeat_interval", "5000"}},
    {"--start-election-timeout", "900", {"start_election_timeout", "900", "800"}},
    {"--cluster-id", long_id, {"cluster_id", long_id}},
    {"--log-level", "chatty", {"log_level", "chatty"}},
    {"--initial-cluster-partitions", "0", {"--initial-cluster-partitions", "0"}},
    {"--initial-cluster", "n1", {"--initial-cluster", "n1", "name@host:port"}},
    {"--initial-cluster", "n1@127.0.0.1:port", {"--initial-cluster", "n1@127.0.0.1:port"}},
    {"--initial-cluster", "n1@127.0.0.1:1,n1@127.0.0.1:2", {"--initial-cluster", "n1", "twice"}},
    {"--initial-cluster", "n2@127.0.0.1:1", {"--initial-cluster", "n1"}},
    {"--raft-host", "0.0.0.0", {"--raft-host", "0.0.0.0", "--allow-unauthenticated-cluster"}},
    {"--no-such-option", "7", {"--no-such-option"}},
  };
  for (const auto& x : values) {
    CAF_MESSAGE(x.option << "=" << x.value);
    auto words = x.words;
    CAF_CHECK(refuses(run_server(one.scratch(), with(one.command_line(0), x.option, x.value)), bad_usage, words));
    CAF_CHECK(!std::filesystem::exists(one.wal_path(0)));
  }
}

CAF_TEST(a data directory that cannot be used is named) {
  cluster one{{.nodes = 1}};
  const auto& scratch = one.scratch();
  std::ofstream{scratch / "file"} << "not a directory";
  std::filesystem::create_directory(scratch / "locked");
  std::filesystem::permissions(scratch / "locked", std::filesystem::perms::none);
  for (const std::string& path : {scratch / "file", scratch / "file" + "/below", scratch / "locked"}) {
    auto said = run_server(scratch, with(one.command_line(0), "--wal-path", path), true);
    CAF_CHECK(refuses(said, cannot_run, {path}));
  }
}

CAF_TEST(an address that cannot be had is named) {
  cluster one{{.nodes = 1}};
  one.start(0);
  try {
    client user{one};
    user.await_ready(0);
    cluster two{{.nodes = 1}};
    for (const auto& [option, taken] :
         {std::pair{"--raft-port", one.raft_address(0)}, std::pair{"--client-port", one.client_address(0)}}) {
      auto arguments = without(two.command_line(0), "--initial-cluster");
      arguments = with(with(arguments, "--raft-host", taken.host), option, std::to_string(taken.port));
      CAF_CHECK(refuses(run_server(two.scratch(), arguments), cannot_run, {to_string(taken)}));
    }
    auto elsewhere = with(without(two.command_line(0), "--initial-cluster"), "--raft-host", "192.0.2.1");
    elsewhere = with(elsewhere, "--raft-port", "7000");
    elsewhere.emplace_back("--allow-unauthenticated-cluster");
    CAF_CHECK(refuses(run_server(two.scratch(), elsewhere), cannot_run, {"192.0.2.1:7000"}));
    user.run();
    user.await_progress(20);
    CAF_CHECK_EQUAL(user.verdict(), "");
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

CAF_TEST(a node that is refused leaves its log and the others as they were) {
  with_cluster(patient_options(2), [](cluster& servers, client& user) {
    const auto& scratch = servers.scratch();
    user.run();
    user.await_progress(50);
    CAF_CHECK(servers.terminate(2) == ending{});
    user.await_progress(50);
    auto before = user.leaders(0);
    auto line = servers.command_line(2);
    CAF_CHECK(refuses(run_server(scratch, with(line, "--wal-path", servers.wal_path(0))), cannot_run,
                      {servers.wal_path(0)})); // a node that runs holds it
    CAF_CHECK(refuses(run_server(scratch, with(line, "--cluster-id", "another")), cannot_run,
                      {"another", servers.options().cluster_id}));
    CAF_CHECK(refuses(run_server(scratch, with(with(line, "--raft-nodename", "n2"), "--raft-port",
                                               std::to_string(servers.raft_address(1).port))),
                      cannot_run, {to_string(cluster::id_of(1)), to_string(cluster::id_of(2))}));
    user.await_progress(50);
    CAF_CHECK(user.leaders(0) == before);
    servers.start(2);
    user.await_ready(2);
    user.await_progress(50);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a node of another cluster finds no leader and disturbs nobody) {
  with_cluster(patient_options(2), [](cluster& servers, client& user) {
    CAF_CHECK(servers.terminate(2) == ending{});
    user.run();
    user.await_progress(50);
    auto before = user.leaders(0);
    auto line = with(with(servers.command_line(2), "--cluster-id", "another"), "--wal-path", servers.scratch() / "new");
    auto output = servers.scratch() / "stranger";
    child stranger{{line, output, false}};
    // Longer than it takes to campaign, if it could.
    auto end = std::chrono::steady_clock::now() + 2 * servers.options().election_max;
    while (std::chrono::steady_clock::now() < end)
      user.await_progress(10);
    for (const auto& x : user.status(2).partitions) {
      CAF_CHECK_EQUAL(x.leader.id.value(), 0u);
      CAF_CHECK_EQUAL(x.last.value(), 0u);
    }
    CAF_CHECK(stranger.alive());
    stranger.signal(SIGTERM);
    CAF_CHECK(stranger.await_end(patience) == ending{});
    CAF_CHECK(user.leaders(0) == before);
    servers.start(2);
    user.await_ready(2);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
