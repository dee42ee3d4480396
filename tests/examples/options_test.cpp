/// What kommander-server makes of its command line: the settings it gets, and the message for each bad value.
#include "examples/server/options.hpp"

#define CAF_SUITE server_options
#include <caf/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace kommander;

namespace {

std::variant<server::options, server::early_end> parse(std::vector<std::string> arguments) {
  std::string program{"kommander-server"};
  std::vector<char*> argv{program.data()};
  for (auto& x : arguments)
    argv.push_back(x.data());
  return server::parse(static_cast<int>(argv.size()), argv.data());
}

server::options accepted(const std::vector<std::string>& arguments) {
  auto result = parse(arguments);
  if (auto* end = std::get_if<server::early_end>(&result))
    CAF_FAIL("refused: " << end->message);
  return std::get<server::options>(result);
}

/// `arguments` end the program with status 2, and the message names all of `parts`.
void refused(const std::vector<std::string>& arguments, const std::vector<std::string>& parts) {
  auto result = parse(arguments);
  auto* end = std::get_if<server::early_end>(&result);
  CAF_REQUIRE(end != nullptr);
  CAF_MESSAGE(end->message);
  CAF_CHECK_EQUAL(end->status, 2);
  for (const auto& part : parts)
    CAF_CHECK_NOT_EQUAL(end->message.find(part), std::string::npos);
}

const std::string three = "n1@127.0.0.1:4001,n2@127.0.0.1:4002,7@[::1]:4003";

} // namespace

CAF_TEST(a member finds its own address among the members) {
  auto x = accepted({"--initial-cluster", three, "--raft-nodename", "n2", "--wal-path", "somewhere"});
  CAF_CHECK_EQUAL(x.raft.port, 4002u);
  CAF_CHECK_EQUAL(x.wal_adapter, "rocksdb");
  CAF_REQUIRE_EQUAL(x.members.size(), 3u);
  CAF_CHECK(x.members[0] == (node_info{derive_node_id("n1"), {"127.0.0.1", 4001}}));
  CAF_CHECK(x.members[2] == (node_info{node_id{7}, {"::1", 4003}}));
}

CAF_TEST(a member may be told by its number) {
  auto x = accepted({"--initial-cluster", three, "--raft-nodeid", "7", "--wal-adapter", "memory"});
  CAF_CHECK_EQUAL(x.raft.host, "::1");
  CAF_CHECK_EQUAL(x.raft.port, 4003u);
  CAF_CHECK_EQUAL(x.wal_adapter, "memory");
}

CAF_TEST(the log may be in SQLite) {
  auto x =
    accepted({"--initial-cluster", three, "--raft-nodename", "n1", "--wal-adapter", "sqlite", "--wal-path", "x"});
  CAF_CHECK_EQUAL(x.wal_adapter, "sqlite");
  CAF_CHECK_EQUAL(x.wal_path, "x");
}

CAF_TEST(an address that is given goes before the one among the members) {
  auto x = accepted({"--initial-cluster", three, "--raft-nodename", "n1", "--raft-host", "127.0.0.2", "--raft-port",
                     "5000", "--wal-adapter", "memory"});
  CAF_CHECK_EQUAL(x.raft.host, "127.0.0.2");
  CAF_CHECK_EQUAL(x.raft.port, 5000u);
}

CAF_TEST(timing is given in milliseconds) {
  auto x = accepted({"--wal-adapter", "memory", "--heartbeat-interval", "100", "--check-leader-interval", "50",
                     "--start-election-timeout", "400", "--end-election-timeout", "800"});
  CAF_CHECK(x.raft.heartbeat_interval == std::chrono::milliseconds{100});
  CAF_CHECK(x.raft.check_leader_interval == std::chrono::milliseconds{50});
  CAF_CHECK(x.raft.start_election_timeout == std::chrono::milliseconds{400});
  CAF_CHECK(x.raft.end_election_timeout == std::chrono::milliseconds{800});
}

CAF_TEST(a member that makes no sense is refused by name) {
  for (const auto* bad : {"n1", "n1@127.0.0.1", "@127.0.0.1:1", "n1@:1", "n1@127.0.0.1:0", "n1@127.0.0.1:65536",
                          "n1@127.0.0.1:80x", "n1@127.0.0.1:"})
    refused({"--initial-cluster", bad, "--raft-nodename", "n1", "--wal-adapter", "memory"},
            {"--initial-cluster", bad, "name@host:port"});
  refused({"--initial-cluster", "n1@127.0.0.1:1,n1@127.0.0.1:2", "--raft-nodename", "n1"}, {"n1", "twice"});
  refused({"--initial-cluster", three, "--raft-nodename", "n9"}, {"n9", "--raft-nodename"});
}

CAF_TEST(others are looked for as the command line says) {
  const std::vector<std::string> base{"--wal-adapter", "memory"};
  auto plus = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return more;
  };
  CAF_CHECK(accepted(base).discovery == server::finding::nobody);
  auto x = accepted(plus({"--discovery", "dns", "--discovery-name", "nodes.example", "--raft-port", "4001"}));
  CAF_CHECK(x.discovery == server::finding::dns);
  CAF_CHECK_EQUAL(x.dns.name, "nodes.example");
  CAF_CHECK_EQUAL(x.dns.port, 4001u);
  CAF_CHECK(x.dns.refresh == dns_options{}.refresh);
  auto y = accepted(plus({"--discovery", "dns", "--discovery-name", "nodes.example", "--raft-port", "4001",
                          "--discovery-port", "4002", "--discovery-interval", "1000"}));
  CAF_CHECK_EQUAL(y.dns.port, 4002u);
  CAF_CHECK(y.dns.refresh == std::chrono::milliseconds{1000});
  auto z =
    accepted(plus({"--discovery", "multicast", "--initial-cluster", three, "--raft-nodename", "n1", "--discovery-port",
                   "5000", "--discovery-group", "239.1.1.1", "--discovery-interface", "lo"}));
  CAF_CHECK(z.discovery == server::finding::multicast);
  CAF_CHECK_EQUAL(z.multicast.port, 5000u);
  CAF_CHECK_EQUAL(z.multicast.group, "239.1.1.1");
  CAF_CHECK_EQUAL(z.multicast.interface, "lo");
  CAF_CHECK(z.multicast.interval == multicast_options{}.interval);
  refused(plus({"--discovery", "dns", "--raft-port", "1"}), {"--discovery-name"});
  refused(plus({"--discovery-name", "nodes.example"}), {"--discovery-name", "--discovery dns"});
  refused(plus({"--discovery-interface", "lo"}), {"--discovery-interface", "--discovery multicast"});
  refused(plus({"--discovery", "multicast"}), {"--raft-port"});
  refused(plus({"--discovery", "gossip"}), {"--discovery", "gossip", "multicast"});
  refused(plus({"--discovery", "multicast", "--raft-port", "1", "--discovery-key-file", "/nowhere"}), {"/nowhere"});
}

CAF_TEST(a dead member has the time that is given) {
  CAF_CHECK(accepted({"--wal-adapter", "memory"}).raft.dead_member_eviction_grace
            == raft_config{}.dead_member_eviction_grace);
  auto x = accepted({"--wal-adapter", "memory", "--dead-member-eviction-grace", "5000"});
  CAF_CHECK(x.raft.dead_member_eviction_grace == std::chrono::milliseconds{5000});
}

CAF_TEST(an address that others can reach must be asked for twice) {
  refused({"--raft-host", "0.0.0.0", "--wal-adapter", "memory"}, {"0.0.0.0", "--allow-unauthenticated-cluster"});
  refused({"--initial-cluster", "n1@10.0.0.1:4001", "--raft-nodename", "n1", "--wal-adapter", "memory"},
          {"10.0.0.1", "--allow-unauthenticated-cluster"});
  auto x = accepted({"--raft-host", "0.0.0.0", "--wal-adapter", "memory", "--allow-unauthenticated-cluster"});
  CAF_CHECK_EQUAL(x.raft.host, "0.0.0.0");
}

CAF_TEST(nodes prove themselves as they are told to) {
  const std::string secret(32, 's');
  auto x = accepted({"--wal-adapter", "memory", "--node-auth-mode", "shared-secret", "--node-shared-secret", secret,
                     "--client-rights", "propose-and-read"});
  CAF_CHECK(x.raft.security.mode == kommander::auth_mode::shared_secret);
  CAF_CHECK_EQUAL(x.raft.security.shared_secret, secret);
  CAF_CHECK(x.raft.security.clients == kommander::client_rights::propose_and_read);
  auto y = accepted({"--wal-adapter", "memory", "--node-auth-mode", "shared-secret"});
  CAF_CHECK_EQUAL(y.raft.security.shared_secret_variable, "KOMMANDER_NODE_SHARED_SECRET");
  auto z = accepted({"--wal-adapter", "memory", "--node-auth-mode", "shared-secret", "--node-shared-secret-file", "f",
                     "--raft-host", "10.0.0.1", "--require-tls", "false", "--client-secret-file", "c",
                     "--accepted-client-secret-file", "d"});
  CAF_CHECK_EQUAL(z.raft.security.shared_secret_file, "f");
  CAF_CHECK_EQUAL(z.raft.security.client_secret_file, "c");
  CAF_CHECK_EQUAL(z.raft.security.accepted_client_secret_file, "d");
  CAF_CHECK(z.raft.security.require_tls == false);
  refused({"--wal-adapter", "memory", "--node-auth-mode", "secret"}, {"--node-auth-mode", "shared-secret"});
  refused({"--wal-adapter", "memory", "--node-auth-mode", "shared-secret", "--node-shared-secret", " "},
          {"shared_secret", "blank"});
  refused({"--wal-adapter", "memory", "--node-auth-mode", "mutual-tls"}, {"certificate_file"});
}

CAF_TEST(a log on disk needs a folder) {
  refused({}, {"--wal-path", "rocksdb"});
  refused({"--wal-adapter", "sqlite"}, {"--wal-path", "sqlite"});
  refused({"--wal-adapter", "tape", "--wal-path", "x"}, {"--wal-adapter", "tape", "rocksdb", "sqlite"});
}

CAF_TEST(bad settings and unknown options are refused) {
  refused({"--wal-adapter", "memory", "--heartbeat-interval", "2000"}, {"heartbeat_interval", "2000 ms"});
  refused({"--wal-adapter", "memory", "--raft-port", "70000"}, {"--raft-port", "70000", "65535"});
  refused({"--wal-adapter", "memory", "--initial-cluster-partitions", "0"},
          {"--initial-cluster-partitions", "0", "1 to 100000"});
  refused({"--wal-adapter", "memory", "--initial-cluster-partitions", "-1"}, {"--initial-cluster-partitions", "-1"});
  refused({"--wal-adapter", "memory", "--replication-factor", "65"}, {"--replication-factor", "65", "0 to 64"});
  refused({"--wal-adapter", "memory", "--zone", std::string(65, 'z')}, {"zone", "at most 64 bytes"});
  refused({"--wal-adapter", "memory", "--end-election-timeout", "0"}, {"--end-election-timeout"});
  refused({"--wal-adapter", "memory", "--log-level", "loud"}, {"log_level", "loud"});
  refused({"--no-such-option"}, {"--no-such-option", "--help"});
}

CAF_TEST(help is no failure) {
  auto result = parse({"--help"});
  auto* end = std::get_if<server::early_end>(&result);
  CAF_REQUIRE(end != nullptr);
  CAF_CHECK_EQUAL(end->status, 0);
  CAF_CHECK_NOT_EQUAL(end->message.find("--initial-cluster"), std::string::npos);
}

CAF_TEST(recovery takes the options of the server before and after its name) {
  auto x = accepted({"--raft-nodename", "n1", "recover", "--initial-cluster", three, "--wal-path", "somewhere",
                     "--reason", "two are lost", "--force"});
  CAF_CHECK(x.what == server::command::recover);
  CAF_CHECK_EQUAL(x.reason, "two are lost");
  CAF_CHECK(x.force);
  CAF_CHECK_EQUAL(x.members.size(), 3u);
  CAF_CHECK_EQUAL(x.wal_path, "somewhere");
  auto y = accepted({"recover", "--inspect", "--raft-nodename", "n1", "--wal-path", "somewhere"});
  CAF_CHECK(y.what == server::command::inspect);
  CAF_CHECK(accepted({"--raft-nodename", "n1", "--wal-path", "x"}).what == server::command::serve);
}

CAF_TEST(recovery needs a reason and a log on disk) {
  refused({"recover", "--raft-nodename", "n1", "--wal-path", "somewhere"}, {"--reason"});
  refused({"recover", "--raft-nodename", "n1", "--wal-adapter", "memory", "--reason", "why"}, {"memory"});
  refused({"recover", "--raft-nodename", "n1", "--wal-path", "x", "--inspect", "--reason", "why"}, {"--inspect"});
  refused({"recover", "--raft-nodename", "n1", "--reason", "why"}, {"--wal-path"});
  refused({"--raft-nodename", "n1", "--wal-path", "x", "--reason", "why"}, {"--reason"});
}
