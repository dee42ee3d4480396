#include "kommander/kommander.hpp"

#include <sstream>

#define CAF_SUITE cluster_setup
#include <caf/test/unit_test.hpp>

using namespace kommander;
using namespace std::chrono_literals;

namespace {

/// As applications have it.
struct app_config : caf::actor_system_config {
  raft_config raft;

  app_config() {
    setup(*this, raft);
  }
};

caf::error parse(app_config& config, std::vector<std::string> arguments, const std::string& file = {}) {
  std::istringstream in{file};
  return config.parse(std::move(arguments), in);
}

} // namespace

CAF_TEST(the command line sets what it names and nothing else) {
  app_config config;
  CAF_REQUIRE(!parse(config, {"--kommander.node-name=alpha", "--kommander.port=7001", "--kommander.node-id=12",
                              "--kommander.heartbeat-interval=100ms", "--kommander.end-election-timeout=2s",
                              "--kommander.enable-pre-vote=false", "--kommander.payload-bytes-max=1024",
                              "--kommander.initial-partitions=8", "--kommander.log-level=warn"}));
  CAF_CHECK_EQUAL(config.raft.node_name, "alpha");
  CAF_CHECK_EQUAL(config.raft.node_id, 12u);
  CAF_CHECK_EQUAL(config.raft.port, 7001u);
  CAF_CHECK(config.raft.heartbeat_interval == 100ms);
  CAF_CHECK(config.raft.end_election_timeout == 2s);
  CAF_CHECK(!config.raft.enable_pre_vote);
  CAF_CHECK_EQUAL(config.raft.payload_bytes_max, 1024u);
  CAF_CHECK_EQUAL(config.raft.initial_partitions, 8u);
  CAF_CHECK_EQUAL(config.raft.log_level, "warn");
  CAF_CHECK(config.raft.start_election_timeout == raft_config{}.start_election_timeout);
  CAF_CHECK(config.raft.enable_check_quorum);
}

CAF_TEST(the configuration file sets what it names) {
  app_config config;
  CAF_REQUIRE(!parse(config, {}, R"(
[kommander]
node-name = "beta"
client-port = 9000
proposal-timeout = 3s
check-leader-interval = 50ms
wal-writers = 4
election-seed = 77
enable-check-quorum = false
)"));
  CAF_CHECK_EQUAL(config.raft.node_name, "beta");
  CAF_CHECK_EQUAL(config.raft.client_port, 9000u);
  CAF_CHECK(config.raft.proposal_timeout == 3s);
  CAF_CHECK(config.raft.check_leader_interval == 50ms);
  CAF_CHECK_EQUAL(config.raft.wal_writers, 4u);
  CAF_CHECK_EQUAL(config.raft.election_seed, 77u);
  CAF_CHECK(!config.raft.enable_check_quorum);
}

CAF_TEST(what protects the ports is set by name) {
  app_config config;
  CAF_REQUIRE(!parse(config, {"--kommander.auth-mode=shared_secret", "--kommander.client-rights=propose_and_read"}, R"(
[kommander]
shared-secret-file = "/run/secret"
accepted-secret-file = "/run/new"
client-secret-file = "/run/clients"
accepted-client-secret-file = "/run/new-clients"
require-tls = false
pinned-certificates = ["AB:CD", "EF"]
)"));
  const auto& found = config.raft.security;
  CAF_CHECK(found.mode == auth_mode::shared_secret && found.clients == client_rights::propose_and_read);
  CAF_CHECK_EQUAL(found.shared_secret_file, "/run/secret");
  CAF_CHECK_EQUAL(found.accepted_secret_file, "/run/new");
  CAF_CHECK_EQUAL(found.client_secret_file, "/run/clients");
  CAF_CHECK_EQUAL(found.accepted_client_secret_file, "/run/new-clients");
  CAF_CHECK(found.require_tls == false);
  CAF_CHECK((found.pinned_certificates == std::vector<std::string>{"AB:CD", "EF"}));
  app_config untouched;
  CAF_REQUIRE(!parse(untouched, {}));
  CAF_CHECK(!untouched.raft.security.require_tls.has_value());
  CAF_CHECK(untouched.raft.security.mode == auth_mode::disabled);
}

CAF_TEST(the command line wins over the file) {
  app_config config;
  CAF_REQUIRE(!parse(config, {"--kommander.port=2"}, "[kommander]\nport = 1\n"));
  CAF_CHECK_EQUAL(config.raft.port, 2u);
}

CAF_TEST(values of a wrong type or range are errors) {
  for (const auto* bad :
       {"--kommander.port=70000", "--kommander.port=-1", "--kommander.port=x", "--kommander.heartbeat-interval=fast",
        "--kommander.heartbeat-interval=1500us", "--kommander.enable-pre-vote=perhaps", "--kommander.auth-mode=secret",
        "--kommander.auth-mode=1", "--kommander.require-tls=perhaps"}) {
    app_config config;
    CAF_CHECK(parse(config, {bad}));
  }
}

CAF_TEST(every setting of the file can be given) {
  const std::vector<std::string> all{"node-name=x",
                                     "node-id=1",
                                     "host=127.0.0.1",
                                     "port=1",
                                     "client-port=1",
                                     "cluster-id=c",
                                     "initial-partitions=1",
                                     "log-level=off",
                                     "heartbeat-interval=1s",
                                     "check-leader-interval=1s",
                                     "start-election-timeout=1s",
                                     "end-election-timeout=1s",
                                     "election-seed=1",
                                     "enable-pre-vote=true",
                                     "enable-check-quorum=true",
                                     "enable-quiescence=false",
                                     "quiesce-after=1s",
                                     "ping-interval=1s",
                                     "ping-timeout=1s",
                                     "indirect-ping-fanout=1",
                                     "suspicion-timeout=1s",
                                     "gossip-interval=1s",
                                     "gossip-fanout=1",
                                     "learner-promotion-lag=1",
                                     "learner-promotion-stable-window=1s",
                                     "dead-member-eviction-grace=1s",
                                     "join-timeout=1s",
                                     "proposal-timeout=1s",
                                     "payload-bytes-max=1",
                                     "proposal-queue-entries-max=1",
                                     "proposal-queue-bytes-max=1",
                                     "inflight-messages-max=1",
                                     "inflight-bytes-max=1",
                                     "append-bytes-max=1",
                                     "log-cache-bytes-max=1",
                                     "apply-bytes-max=1",
                                     "link-window-bytes=1",
                                     "wal-writers=1",
                                     "wal-readers=1",
                                     "wal-group-partitions-max=1",
                                     "auth-mode=mutual_tls",
                                     "allow-unauthenticated-cluster=true",
                                     "client-rights=administration",
                                     "shared-secret=s",
                                     "shared-secret-file=s",
                                     "shared-secret-variable=S",
                                     "accepted-secret=s",
                                     "accepted-secret-file=s",
                                     "require-tls=true",
                                     "certificate-file=c",
                                     "private-key-file=k",
                                     "authorities-file=a",
                                     "pinned-certificates=[\"ab\"]",
                                     "allow-insecure-certificate-validation=true"};
  for (const auto& x : all) {
    app_config config;
    CAF_MESSAGE("--kommander." << x);
    CAF_CHECK(!parse(config, {"--kommander." + x}));
  }
}

CAF_TEST(the scheduler is set as the library needs it and the application has the last word) {
  app_config config;
  CAF_REQUIRE(!parse(config, {"--scheduler.max-throughput=7"}));
  CAF_CHECK(caf::get_or(config, "scheduler.policy", caf::atom("none")) == caf::atom("sharing"));
  CAF_CHECK_EQUAL(caf::get_or(config, "scheduler.max-throughput", std::size_t{0}), 7u);
}
