/// Three servers, of which two are lost for good: the third goes on alone, and an old member finds no way back.
#define CAF_SUITE process_recover

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

#include <csignal>
#include <filesystem>

using namespace process_test;

namespace {

constexpr int cannot_run = 1;
constexpr int bad_usage = 2;
constexpr std::size_t survivor = 2;

struct run {
  std::optional<ending> end;
  std::string output;

  [[nodiscard]] bool says(const std::string& words) const {
    return output.find(words) != std::string::npos;
  }
};

/// Runs `kommander-server recover` on the survivor's log.
run recover(cluster& servers, const std::vector<std::string>& more) {
  auto arguments = servers.command_line(survivor);
  arguments.insert(arguments.begin() + 1, "recover");
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto output = servers.scratch() / "recover";
  std::filesystem::remove(output);
  child process{{std::move(arguments), output, false}};
  auto end = process.await_end(patience);
  run x{end, read_file(output)};
  CAF_MESSAGE(x.output);
  return x;
}

std::string epoch_in(const std::string& output) {
  auto at = output.find("--cluster-epoch=");
  if (at == std::string::npos)
    throw test_failure{"no epoch was told"};
  at += std::string{"--cluster-epoch="}.size();
  return output.substr(at, output.find('\n', at) - at);
}

} // namespace

CAF_TEST(the last of three servers goes on alone with all that it had and an old member is refused) {
  with_cluster(patient_options(3), [](cluster& servers, client& user) {
    user.run();
    user.await_progress(200);
    CAF_CHECK_EQUAL(user.verdict(), ""); // now the survivor has everything that was acknowledged
    servers.kill(0);
    CAF_CHECK(servers.terminate(survivor) == ending{});
    // One of the others is still there: together they are a majority.
    auto early = recover(servers, {"--reason=too early"});
    CAF_CHECK(early.end == (ending{cannot_run, 0}));
    CAF_CHECK(early.says(to_string(servers.raft_address(1))));
    servers.kill(1);
    CAF_CHECK(recover(servers, {}).end == (ending{bad_usage, 0}));
    auto inspected = recover(servers, {"--inspect"});
    CAF_CHECK(inspected.end == ending{});
    CAF_CHECK(inspected.says("epoch: none"));
    CAF_CHECK(inspected.says("partition 3: last entry"));
    auto done = recover(servers, {"--reason=two of three are lost"});
    CAF_CHECK(done.end == ending{});
    CAF_CHECK(done.says("LOST FOR EVER"));
    CAF_CHECK(done.says("reason: two of three are lost"));
    auto epoch = epoch_in(done.output);
    CAF_CHECK(recover(servers, {"--reason=again"}).end == (ending{cannot_run, 0}));
    servers.start(survivor);
    user.await_ready(survivor);
    user.run();
    user.await_progress(200);
    CAF_CHECK_EQUAL(user.verdict(), ""); // also about what was acknowledged before
    CAF_CHECK_EQUAL(user.status(survivor).cluster_id, servers.options().cluster_id + "#" + epoch);
    // An old member that comes back is refused, and refuses.
    servers.start(0);
    auto name = "'" + servers.options().cluster_id + "#" + epoch + "'";
    CAF_CHECK(eventually([&] { return servers.output_of(0).find(name) != std::string::npos; }));
    user.run();
    user.await_progress(100);
    for (const auto& x : user.status(0).partitions)
      CAF_CHECK_EQUAL(x.leader.id.value(), 0u);
    for (const auto& x : user.status(survivor).partitions)
      CAF_CHECK(x.leader.id == cluster::id_of(survivor));
    CAF_CHECK(servers.terminate(0) == ending{});
    // With its old log it cannot be told to be of the new epoch.
    auto arguments = servers.command_line(0);
    arguments.push_back("--cluster-epoch=" + epoch);
    auto output = servers.scratch() / "returned";
    child returned{{arguments, output, false}};
    CAF_CHECK(returned.await_end(patience) == (ending{cannot_run, 0}));
    CAF_CHECK(read_file(output).find("empty log") != std::string::npos);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
