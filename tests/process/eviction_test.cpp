/// A server that is dead for too long is removed, and joins again by itself.
#define CAF_SUITE process_eviction

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "tests/process/harness/test.hpp"

using namespace process_test;

namespace {

/// Whether the leader of each partition but the roster's counts `node` among those whom it sends to, or not.
bool await_in_groups(cluster& servers, client& user, std::size_t node, bool wanted) {
  auto has_peer = [&](const kommander::partition_status& x) {
    auto is_it = [&](const kommander::peer_status& y) { return y.peer == cluster::id_of(node); };
    return std::ranges::any_of(x.peers, is_it);
  };
  return eventually([&] {
    std::size_t found = 0;
    for (auto i : servers.running())
      for (const auto& x : user.status(i).partitions)
        if (x.ready && has_peer(x) == wanted)
          ++found;
    return found == servers.options().partitions + 1;
  });
}

} // namespace

CAF_TEST(a killed server is removed and joins again by itself when it returns and votes) {
  cluster_options options{.partitions = 2};
  options.arguments = {"--dead-member-eviction-grace=1000"};
  with_cluster(options, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    servers.kill(2);
    CAF_CHECK(user.await_voters(0, {0, 1}));
    CAF_CHECK(user.await_voters(1, {0, 1}));
    CAF_CHECK(await_in_groups(servers, user, 2, false));
    user.await_progress(100);
    servers.start(2);
    user.await_ready(2);
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(user.await_voters(i, {0, 1, 2}));
    CAF_CHECK(await_in_groups(servers, user, 2, true));
    // Two of three are needed for the next entry of any group, and also to remove the one that is dead now.
    servers.kill(1);
    user.await_progress(200);
    CAF_CHECK(user.await_voters(2, {0, 2}));
    servers.start(1);
    user.await_ready(1);
    CAF_CHECK(user.await_voters(1, {0, 1, 2}));
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a stopped server is removed and joins again when it goes on) {
  cluster_options options{.partitions = 1};
  options.arguments = {"--dead-member-eviction-grace=1000"};
  with_cluster(options, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(100);
    user.drain();
    auto all_sleep = [&] {
      return std::ranges::all_of(user.status(2).partitions, &kommander::partition_status::asleep);
    };
    CAF_REQUIRE(eventually(all_sleep)); // whoever sleeps is not told that it was removed
    servers.pause(2);
    CAF_CHECK(user.await_voters(0, {0, 1}));
    servers.resume(2);
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(user.await_voters(i, {0, 1, 2}));
    user.run();
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
