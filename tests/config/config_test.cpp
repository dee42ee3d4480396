/// The rules of raft_config::validate, as tables: what is refused with which message, and what is accepted.
#include "kommander/config.hpp"

#define CAF_SUITE config
#include <caf/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace kommander;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

/// One change to a valid configuration, and the message that it must give; an empty message: it is valid.
struct row {
  std::function<void(raft_config&)> change;
  std::string message;
};

constexpr auto duration_rule = "must be between 1 ms and 24 h";

void check_all(const std::vector<row>& rows) {
  for (const auto& x : rows) {
    raft_config config;
    x.change(config);
    auto outcome = config.validate();
    if (x.message.empty()) {
      CAF_CHECK_EQUAL(outcome.ok() ? "" : outcome.error().message, "");
      continue;
    }
    if (outcome.ok()) {
      CAF_ERROR("accepted what should be refused with: " << x.message);
      continue;
    }
    CAF_CHECK_EQUAL(outcome.error().message, x.message);
    CAF_CHECK(outcome.error().code == status::invalid_argument);
  }
}

} // namespace

CAF_TEST(the defaults are valid) {
  check_all({{[](raft_config&) {}, ""}});
}

CAF_TEST(a node is named and placed by values that others can use) {
  check_all({
    {[](auto& x) { x.node_name = std::string(255, 'n'); }, ""},
    {[](auto& x) { x.node_name = std::string(256, 'n'); },
     "node_name is 256 bytes long, but must be at most 255 bytes long"},
    {[](auto& x) { x.host = "localhost"; }, ""},
    {[](auto& x) { x.host = "10.0.0.7", x.security.allow_unauthenticated_cluster = true; }, ""},
    {[](auto& x) { x.host = "::1"; }, ""},
    {[](auto& x) { x.host = "example.org"; },
     "host is \"example.org\", but must be a numeric IPv4 or IPv6 address or localhost"},
    {[](auto& x) { x.host = ""; }, "host is \"\", but must be a numeric IPv4 or IPv6 address or localhost"},
    {[](auto& x) { x.host = "127.0.0.1:80"; },
     "host is \"127.0.0.1:80\", but must be a numeric IPv4 or IPv6 address or localhost"},
    {[](auto& x) { x.port = 4000, x.client_port = 4001; }, ""},
    {[](auto& x) { x.port = 4000, x.client_port = 4000; },
     "client_port is 4000, but must differ from port, which is the same"},
    {[](auto& x) { x.cluster_id = std::string(64, 'c'); }, ""},
    {[](auto& x) { x.cluster_id = ""; }, "cluster_id is \"\", but must be 1 to 64 bytes long"},
    {[](auto& x) { x.cluster_id = std::string(65, 'c'); },
     "cluster_id is \"" + std::string(65, 'c') + "\", but must be 1 to 64 bytes long"},
    {[](auto& x) { x.initial_partitions = 100'000; }, ""},
    {[](auto& x) { x.initial_partitions = 0; }, "initial_partitions is 0, but must be between 1 and 100000 partitions"},
    {[](auto& x) { x.initial_partitions = 100'001; },
     "initial_partitions is 100001, but must be between 1 and 100000 partitions"},
  });
}

CAF_TEST(what others can reach is protected unless somebody says by name that it need not be) {
  const std::string exposed =
    "host is \"10.0.0.7\", but others can reach it, and nodes do not prove who they are: set security.mode to "
    "shared_secret or mutual_tls, or security.allow_unauthenticated_cluster if only trusted machines reach it";
  const std::string secret(32, 's');
  auto secure = [secret](raft_config& x) {
    x.security.mode = auth_mode::shared_secret;
    x.security.shared_secret = secret;
  };
  auto certified = [](raft_config& x) {
    x.security.certificate_file = "node.pem";
    x.security.private_key_file = "node.key";
  };
  check_all({
    {[](auto& x) { x.host = "10.0.0.7"; }, exposed},
    {[](auto& x) { x.host = "127.1.2.3"; }, ""},
    {secure, ""},
    {[=](auto& x) { secure(x), x.host = "10.0.0.7"; },
     "security.certificate_file is empty, but the node must use TLS: set certificate_file and private_key_file, or "
     "require_tls to false"},
    {[=](auto& x) { secure(x), x.host = "10.0.0.7", x.security.require_tls = false; }, ""},
    {[=](auto& x) { secure(x), x.host = "10.0.0.7", certified(x); }, ""},
    {[=](auto& x) { secure(x), x.security.shared_secret = " \n"; },
     "security.shared_secret is blank, but must be at least 32 random bytes"},
    {[=](auto& x) { secure(x), x.security.shared_secret_file = "secret"; },
     "security.mode is shared_secret, but then exactly one of shared_secret, shared_secret_file and "
     "shared_secret_variable must be set, and 2 are"},
    {[=](auto& x) { secure(x), x.security.client_secret = secret; },
     "security.client_secret is the shared secret, but then clients could speak as nodes"},
    {[=](auto& x) { secure(x), x.security.client_secret = "another", x.security.client_secret_file = "file"; },
     "security.client_secret is set, but client_secret_file is set, too, and one of them is enough"},
    {[=](auto& x) { secure(x), x.security.client_secret = "another"; }, ""},
    {[](auto& x) { x.security.mode = auth_mode::shared_secret; },
     "security.mode is shared_secret, but then exactly one of shared_secret, shared_secret_file and "
     "shared_secret_variable must be set, and 0 are"},
    {[](auto& x) { x.security.mode = auth_mode::mutual_tls; },
     "security.certificate_file is empty, but the node must use TLS: set certificate_file and private_key_file"},
    {[=](auto& x) { x.security.mode = auth_mode::mutual_tls, certified(x), x.security.require_tls = false; },
     "security.require_tls is false, but mutual_tls is TLS"},
    {[=](auto& x) {
       x.security.mode = auth_mode::mutual_tls, certified(x);
       x.security.allow_insecure_certificate_validation = true;
     },
     "security.allow_insecure_certificate_validation is true, but mutual_tls proves who somebody is by valid "
     "certificates only"},
    {[](auto& x) { x.security.certificate_file = "node.pem"; },
     "security.private_key_file is empty, but a certificate and its key must be set together"},
  });
}

CAF_TEST(every duration is positive and at most a day) {
  const std::vector<std::pair<std::string, milliseconds raft_config::*>> durations{
    {"heartbeat_interval", &raft_config::heartbeat_interval},
    {"check_leader_interval", &raft_config::check_leader_interval},
    {"start_election_timeout", &raft_config::start_election_timeout},
    {"end_election_timeout", &raft_config::end_election_timeout},
    {"quiesce_after", &raft_config::quiesce_after},
    {"ping_interval", &raft_config::ping_interval},
    {"ping_timeout", &raft_config::ping_timeout},
    {"suspicion_timeout", &raft_config::suspicion_timeout},
    {"gossip_interval", &raft_config::gossip_interval},
    {"learner_promotion_stable_window", &raft_config::learner_promotion_stable_window},
    {"dead_member_eviction_grace", &raft_config::dead_member_eviction_grace},
    {"leader_balancer_interval", &raft_config::leader_balancer_interval},
    {"leader_balancer_cooldown", &raft_config::leader_balancer_cooldown},
    {"replica_balancer_interval", &raft_config::replica_balancer_interval},
    {"proposal_timeout", &raft_config::proposal_timeout},
    {"join_timeout", &raft_config::join_timeout},
    {"disk_stall_timeout", &raft_config::disk_stall_timeout},
    {"slow_operation_log", &raft_config::slow_operation_log},
    {"slow_wal_log", &raft_config::slow_wal_log},
    {"snapshot_step_timeout", &raft_config::snapshot_step_timeout},
  };
  for (const auto& [name, field] : durations)
    for (auto value : {milliseconds{0}, milliseconds{-1}, milliseconds{hours{24}} + milliseconds{1}})
      check_all({{[field = field, value](auto& x) { x.*field = value; },
                  name + " is " + std::to_string(value.count()) + " ms, but " + duration_rule}});
}

CAF_TEST(a leader is heard and a tick comes before an election can begin) {
  check_all({
    {[](auto& x) { x.heartbeat_interval = milliseconds{1999}; }, ""},
    {[](auto& x) { x.heartbeat_interval = milliseconds{2000}; },
     "heartbeat_interval is 2000 ms, but must be shorter than start_election_timeout, which is 2000 ms"},
    {[](auto& x) { x.check_leader_interval = milliseconds{1999}; }, ""},
    {[](auto& x) { x.check_leader_interval = milliseconds{2001}; },
     "check_leader_interval is 2001 ms, but must be shorter than start_election_timeout, which is 2000 ms"},
    {[](auto& x) { x.start_election_timeout = milliseconds{4000}; }, ""},
    {[](auto& x) { x.start_election_timeout = milliseconds{4001}; },
     "start_election_timeout is 4001 ms, but must not be longer than end_election_timeout, which is 4000 ms"},
  });
}

CAF_TEST(a ping can be answered before the next one and a suspect can object) {
  check_all({
    {[](auto& x) { x.ping_timeout = milliseconds{999}; }, ""},
    {[](auto& x) { x.ping_timeout = milliseconds{1000}; },
     "ping_timeout is 1000 ms, but must be shorter than ping_interval, which is 1000 ms"},
    {[](auto& x) { x.suspicion_timeout = milliseconds{1000}; }, ""},
    {[](auto& x) { x.suspicion_timeout = milliseconds{999}; },
     "ping_interval is 1000 ms, but must not be longer than suspicion_timeout, which is 999 ms"},
    {[](auto& x) { x.ping_interval = milliseconds{2000}; },
     "ping_interval is 2000 ms, but must be shorter than start_election_timeout, which is 2000 ms"},
    {[](auto& x) { x.ping_interval = milliseconds{2000}, x.enable_quiescence = false; }, ""},
    {[](auto& x) { x.indirect_ping_fanout = 1, x.gossip_fanout = 16; }, ""},
    {[](auto& x) { x.indirect_ping_fanout = 0; }, "indirect_ping_fanout is 0, but must be between 1 and 16 nodes"},
    {[](auto& x) { x.gossip_fanout = 17; }, "gossip_fanout is 17, but must be between 1 and 16 nodes"},
  });
}

CAF_TEST(leaders move a few at a time) {
  check_all({
    {[](auto& x) { x.leader_balancer_moves_max = 1024; }, ""},
    {[](auto& x) { x.leader_balancer_moves_max = 0; },
     "leader_balancer_moves_max is 0, but must be between 1 and 1024 moves"},
    {[](auto& x) { x.leader_balancer_moves_max = 1025; },
     "leader_balancer_moves_max is 1025, but must be between 1 and 1024 moves"},
  });
}

CAF_TEST(replicas are as many as there may be members and move a few at a time) {
  check_all({
    {[](auto& x) { x.replication_factor = 64; }, ""},
    {[](auto& x) { x.replication_factor = 65; }, "replication_factor is 65, but must be between 0 and 64 replicas"},
    {[](auto& x) { x.replica_moves_max = 0; }, "replica_moves_max is 0, but must be between 1 and 1024 partitions"},
    {[](auto& x) { x.zone = std::string(64, 'z'); }, ""},
    {[](auto& x) { x.zone = std::string(65, 'z'); },
     "zone is \"" + std::string(65, 'z') + "\", but must have at most 64 bytes"},
  });
}

CAF_TEST(a payload fits into a message and into its queues) {
  check_all({
    {[](auto& x) { x.payload_bytes_max = 5 << 20; }, ""},
    {[](auto& x) { x.payload_bytes_max = 0; }, "payload_bytes_max is 0, but must be between 1 and 5242880 bytes"},
    {[](auto& x) { x.payload_bytes_max = (5 << 20) + 1; },
     "payload_bytes_max is 5242881, but must be between 1 and 5242880 bytes"},
    {[](auto& x) { x.proposal_queue_bytes_max = (4 << 20) - 1; },
     "payload_bytes_max is 4194304, but must not be above proposal_queue_bytes_max, which is 4194303"},
    {[](auto& x) { x.proposal_queue_entries_max = 0; },
     "proposal_queue_entries_max is 0, but must be between 1 and 4294967295 entries"},
    {[](auto& x) { x.link_window_bytes = (4 << 20) - 1; },
     "payload_bytes_max is 4194304, but must not be above link_window_bytes, which is 4194303"},
  });
}

CAF_TEST(what is in flight holds at least one append) {
  check_all({
    {[](auto& x) { x.inflight_messages_max = 1; }, ""},
    {[](auto& x) { x.inflight_messages_max = 0; },
     "inflight_messages_max is 0, but must be between 1 and 65536 messages"},
    {[](auto& x) { x.append_bytes_max = 0; }, "append_bytes_max is 0, but must be between 1 and 5242880 bytes"},
    {[](auto& x) { x.inflight_bytes_max = (256 << 10) - 1; },
     "append_bytes_max is 262144, but must not be above inflight_bytes_max, which is 262143"},
    {[](auto& x) { x.payload_bytes_max = 1024, x.link_window_bytes = (256 << 10) - 1; },
     "append_bytes_max is 262144, but must not be above link_window_bytes, which is 262143"},
    {[](auto& x) { x.log_cache_bytes_max = 0; },
     "log_cache_bytes_max is 0, but must be between 1 and 18446744073709551615 bytes"},
    {[](auto& x) { x.apply_bytes_max = 0; },
     "apply_bytes_max is 0, but must be between 1 and 18446744073709551615 bytes"},
  });
}

CAF_TEST(there is somebody to write and to read the log) {
  check_all({
    {[](auto& x) { x.wal_writers = 1, x.wal_readers = 1, x.wal_group_partitions_max = 1; }, ""},
    {[](auto& x) { x.wal_writers = 0; }, "wal_writers is 0, but must be between 1 and 64 actors"},
    {[](auto& x) { x.wal_readers = 65; }, "wal_readers is 65, but must be between 1 and 64 actors"},
    {[](auto& x) { x.wal_group_partitions_max = 0; },
     "wal_group_partitions_max is 0, but must be between 1 and 100000 partitions"},
    {[](auto& x) { x.wal_group_linger = milliseconds{999}; }, ""},
    {[](auto& x) { x.wal_group_linger = milliseconds{-1}; },
     "wal_group_linger is -1 ms, but must be between 0 ms and 1000 ms"},
    {[](auto& x) { x.wal_group_linger = milliseconds{1000}; },
     "wal_group_linger is 1000 ms, but must be shorter than disk_stall_timeout, which is 1000 ms"},
  });
}

CAF_TEST(what a node may have under way is not less than what one of its partitions may) {
  check_all({
    {[](auto& x) { x.node_queue_entries_max = 2048, x.node_queue_bytes_max = 16 << 20; }, ""},
    {[](auto& x) { x.node_queue_entries_max = 2047; },
     "proposal_queue_entries_max is 2048, but must not be above node_queue_entries_max, which is 2047"},
    {[](auto& x) { x.node_queue_bytes_max = (16 << 20) - 1; },
     "proposal_queue_bytes_max is 16777216, but must not be above node_queue_bytes_max, which is 16777215"},
    {[](auto& x) { x.wal_queue_entries_max = 0; },
     "wal_queue_entries_max is 0, but must be between 1 and 18446744073709551615 entries"},
    {[](auto& x) { x.wal_queue_bytes_max = 0; },
     "wal_queue_bytes_max is 0, but must be between 1 and 18446744073709551615 bytes"},
    {[](auto& x) { x.wal_node_queue_entries_max = 8191; },
     "wal_queue_entries_max is 8192, but must not be above wal_node_queue_entries_max, which is 8191"},
    {[](auto& x) { x.wal_node_queue_bytes_max = (16 << 20) - 1; },
     "wal_queue_bytes_max is 16777216, but must not be above wal_node_queue_bytes_max, which is 16777215"},
  });
}

CAF_TEST(logs are compacted now and then and a part of a snapshot fits into a message) {
  check_all({
    {[](auto& x) { x.compact_every_operations = 1, x.compact_every_bytes = 1, x.max_entries_per_compaction = 1; }, ""},
    {[](auto& x) { x.compact_every_operations = 0; },
     "compact_every_operations is 0, but must be between 1 and 18446744073709551615 entries"},
    {[](auto& x) { x.compact_every_bytes = 0; },
     "compact_every_bytes is 0, but must be between 1 and 18446744073709551615 bytes"},
    {[](auto& x) { x.max_entries_per_compaction = 0; },
     "max_entries_per_compaction is 0, but must be between 1 and 4294967295 entries"},
    {[](auto& x) { x.snapshot_sessions_max = 0; },
     "snapshot_sessions_max is 0, but must be between 1 and 1024 sessions"},
    {[](auto& x) { x.snapshot_chunk_bytes = 0; }, "snapshot_chunk_bytes is 0, but must be between 1 and 5242880 bytes"},
    {[](auto& x) { x.snapshot_chunk_bytes = 5 << 20, x.link_window_bytes = 5 << 20; }, ""},
    {[](auto& x) { x.snapshot_chunk_bytes = (4 << 20) + 1, x.link_window_bytes = 4 << 20; },
     "snapshot_chunk_bytes is 4194305, but must not be above link_window_bytes, which is 4194304"},
    {[](auto& x) { x.snapshot_bytes_max = 0; },
     "snapshot_bytes_max is 0, but must be between 1 and 18446744073709551615 bytes"},
  });
}

CAF_TEST(the log level is one that exists) {
  for (const auto* level : {"trace", "debug", "info", "warn", "error", "critical", "off"})
    check_all({{[level](auto& x) { x.log_level = level; }, ""}});
  check_all({{[](auto& x) { x.log_level = "loud"; },
              "log_level is \"loud\", but must be trace, debug, info, warn, error, critical or off"}});
}

CAF_TEST(a node id is derived from the name unless it is given) {
  raft_config config;
  config.node_name = "alpha";
  CAF_CHECK(config.effective_node_id() == derive_node_id("alpha"));
  // The reference value: `printf alpha | xxhsum -H64`.
  CAF_CHECK_EQUAL(to_string(derive_node_id("alpha")), "14364478406410262600");
  CAF_CHECK(derive_node_id("alpha") != derive_node_id("beta"));
  config.node_id = 7;
  CAF_CHECK_EQUAL(config.effective_node_id().value(), 7u);
}

CAF_TEST(a node without a name takes that of its host) {
  raft_config config;
  CAF_CHECK(!config.effective_node_name().empty());
  CAF_CHECK(config.effective_node_id() == derive_node_id(config.effective_node_name()));
  config.node_name = "beta";
  CAF_CHECK_EQUAL(config.effective_node_name(), "beta");
}
