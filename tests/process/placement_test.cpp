/// Servers that have only some of the partitions.
#define CAF_SUITE process_placement

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

using namespace process_test;

namespace {

/// Which running servers have a partition.
std::map<std::uint64_t, std::set<std::size_t>> hosts(cluster& servers, client& user) {
  std::map<std::uint64_t, std::set<std::size_t>> result;
  for (auto i : servers.running())
    for (const auto& x : user.status(i).partitions)
      if (x.partition)
        result[x.partition.value()].insert(i);
  return result;
}

} // namespace

CAF_TEST(the replicas of a killed server move to others and vote there) {
  cluster_options options{.nodes = 4, .partitions = 4};
  options.arguments = {"--replication-factor=3", "--dead-member-eviction-grace=8000"}; // far more than a restart takes
  with_cluster(options, [](cluster& servers, client& user) {
    const auto before = hosts(servers, user);
    CAF_CHECK_EQUAL(before.size(), servers.options().partitions);
    for (const auto& [partition, nodes] : before)
      CAF_CHECK_EQUAL(nodes.size(), 3u);
    user.run();
    user.await_progress(200);
    servers.kill(3);
    CAF_CHECK(user.await_voters(0, {0, 1, 2}));
    const std::set<std::size_t> rest{0, 1, 2};
    CAF_CHECK(eventually(
      [&] { return std::ranges::all_of(hosts(servers, user), [&](const auto& x) { return x.second == rest; }); }));
    user.await_progress(200);
    // Of each partition one of those who had it is still there; with the one who has got it they are enough.
    for (auto victim : rest) {
      servers.kill(victim);
      user.await_progress(200);
      servers.start(victim);
      user.await_ready(victim);
    }
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
