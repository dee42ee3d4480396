/// Servers that join, leave and move while clients write.
#define CAF_SUITE process_members

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include <signal.h>

#include "tests/process/harness/test.hpp"

using namespace process_test;

CAF_TEST(a server joins and another one leaves under load) {
  try {
    cluster servers{{.partitions = 2}};
    auto newcomer = servers.add_node();
    client user{servers};
    for (std::size_t i = 0; i < newcomer; ++i)
      servers.start(i);
    for (std::size_t i = 0; i < newcomer; ++i)
      user.await_ready(i);
    user.run();
    user.await_progress(300);
    servers.start(newcomer);
    CAF_CHECK(user.await_voters(newcomer, {0, 1, 2, 3}));
    user.await_progress(300);
    auto leaves = user.leader_of(1, 0).node;
    if (leaves == newcomer)
      leaves = 0;
    servers.process(leaves).signal(SIGUSR2);
    CAF_CHECK(servers.process(leaves).await_end(patience) == ending{});
    std::set<std::size_t> others{0, 1, 2, 3};
    others.erase(leaves);
    CAF_CHECK(user.await_voters(newcomer, others));
    user.await_progress(300);
    CAF_CHECK_EQUAL(user.verdict(), "");
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

CAF_TEST(all servers are restarted one after another under load) {
  with_cluster({.partitions = 2}, [](cluster& servers, client& user) {
    user.run();
    for (std::size_t i = 0; i < servers.size(); ++i) {
      user.await_progress(200);
      CAF_CHECK(servers.terminate(i) == ending{});
      user.await_progress(200);
      servers.start(i);
      user.await_ready(i);
    }
    user.await_progress(200);
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(a server that returns at another address is found by those that do not know it) {
  with_cluster({.partitions = 2}, [](cluster& servers, client& user) {
    user.run();
    for (std::size_t i = 0; i < servers.size(); ++i) {
      user.await_progress(100);
      CAF_CHECK(servers.terminate(i) == ending{});
      servers.move(i);
      servers.start(i);
      user.await_ready(i);
      CAF_CHECK(user.await_voters(other_than(i, i), {0, 1, 2}));
    }
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}

CAF_TEST(all servers return at other addresses at once) {
  with_cluster({.partitions = 2}, [](cluster& servers, client& user) {
    user.run();
    user.await_progress(200);
    for (std::size_t i = 0; i < servers.size(); ++i)
      servers.kill(i);
    for (std::size_t i = 0; i < servers.size(); ++i)
      servers.move(i);
    servers.start_all();
    user.await_all_ready();
    user.await_progress(200);
    for (std::size_t i = 0; i < servers.size(); ++i)
      CAF_CHECK(user.await_voters(i, {0, 1, 2}));
    CAF_CHECK_EQUAL(user.verdict(), "");
  });
}
