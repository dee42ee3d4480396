/// Servers that are told nobody's name join through what they find.
#define CAF_SUITE process_discovery

#include "kommander/kommander.hpp"

#include <caf/test/unit_test.hpp>

#include "net/discovery/multicast_socket.hpp"
#include "tests/process/harness/test.hpp"

using namespace process_test;

namespace {

/// A server more joins a cluster of three under load, and votes.
void check_joins(const cluster_options& options, const std::function<std::vector<std::string>(cluster&)>& finding) {
  try {
    cluster servers{options};
    auto newcomer = servers.add_node(finding(servers));
    client user{servers};
    for (std::size_t i = 0; i < newcomer; ++i)
      servers.start(i);
    for (std::size_t i = 0; i < newcomer; ++i)
      user.await_ready(i);
    user.run();
    user.await_progress(100);
    servers.start(newcomer);
    user.await_ready(newcomer);
    CAF_CHECK(user.await_voters(newcomer, {0, 1, 2, 3}));
    user.await_progress(100);
    CAF_CHECK_EQUAL(user.verdict(), "");
  } catch (const std::exception& x) {
    CAF_ERROR(x.what());
  }
}

/// A group and a port of this process's own, so that test runs do not hear each other.
kommander::multicast_options own_group() {
  kommander::multicast_options x;
  auto host = own_address(); // 127.a.b.c
  x.group = "239" + host.substr(host.find('.'));
  x.port = 19791;
  return x;
}

/// True, with a word, if this machine does not let packets of a group come back to it.
bool skipped() {
  auto socket = kommander::net::multicast_socket::open(own_group());
  auto problem = socket ? (*socket)->send("hello", true) : socket.error().message;
  auto comes_back = [&] {
    auto packet = (*socket)->receive();
    return packet && packet->content == "hello";
  };
  if (problem.empty() && !eventually(comes_back))
    problem = "packets to the group do not come back";
  if (!problem.empty())
    CAF_MESSAGE("SKIPPED, for multicast does not work here: " << problem);
  return !problem.empty();
}

} // namespace

CAF_TEST(a server that knows a name joins through whoever has its address) {
  check_joins({.partitions = 2}, [](cluster& servers) {
    auto member = servers.raft_address(1);
    return std::vector<std::string>{"--discovery=dns", "--discovery-name=" + member.host,
                                    "--discovery-port=" + std::to_string(member.port), "--discovery-interval=200"};
  });
}

CAF_TEST(a server joins through whom it hears) {
  if (skipped())
    return;
  auto group = own_group();
  cluster_options options{.partitions = 2};
  options.arguments = {"--discovery=multicast", "--discovery-group=" + group.group,
                       "--discovery-port=" + std::to_string(group.port), "--discovery-interval=200"};
  check_joins(options, [](cluster&) {
    return std::vector<std::string>{"--raft-nodeid=0"}; // nothing that names anybody
  });
}
