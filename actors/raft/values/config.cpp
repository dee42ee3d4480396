#include "kommander/config.hpp"

#include <arpa/inet.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <climits>
#include <optional>
#include <string_view>

#include "kommander/partition_map.hpp"

namespace kommander {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t cluster_id_bytes_max = 64;
constexpr std::size_t node_name_bytes_max = 255;
constexpr std::uint32_t partitions_max = 100'000;
constexpr std::uint32_t wal_actors_max = 64;
constexpr std::uint32_t gossip_peers_max = 16;
constexpr milliseconds linger_max{1000};
constexpr milliseconds duration_max{std::chrono::hours{24}};

/// One frame carries one message of at most 6 MiB (see transport_context), the rest of which is left for headers.
constexpr std::size_t message_bytes_max = std::size_t{5} << 20;

/// The first broken rule, if any.
using finding = std::optional<failure>;

failure broken(std::string_view setting, const std::string& value, const std::string& rule) {
  return {status::invalid_argument, std::string{setting} + " is " + value + ", but " + rule};
}

std::string text(milliseconds x) {
  return std::to_string(x.count()) + " ms";
}

std::string quoted(const std::string& x) {
  return "\"" + x + "\"";
}

// -- one rule each ------------------------------------------------------------------------------------------------

finding check_duration(std::string_view setting, milliseconds value) {
  if (value <= milliseconds{0} || value > duration_max)
    return broken(setting, text(value), "must be between 1 ms and 24 h");
  return std::nullopt;
}

/// `low` must be shorter than `high`, or with `or_equal` not longer.
finding check_order(std::string_view low_name, milliseconds low, std::string_view high_name, milliseconds high,
                    bool or_equal = false) {
  if (low < high || (or_equal && low == high))
    return std::nullopt;
  auto relation = std::string{or_equal ? "must not be longer than " : "must be shorter than "};
  return broken(low_name, text(low), relation + std::string{high_name} + ", which is " + text(high));
}

finding check_range(std::string_view setting, std::uint64_t value, std::uint64_t low, std::uint64_t high,
                    const std::string& unit) {
  if (value >= low && value <= high)
    return std::nullopt;
  return broken(setting, std::to_string(value),
                "must be between " + std::to_string(low) + " and " + std::to_string(high) + " " + unit);
}

/// `low` must not be above `high`: what must fit into something larger.
finding check_fits(std::string_view low_name, std::size_t low, std::string_view high_name, std::size_t high) {
  if (low <= high)
    return std::nullopt;
  return broken(low_name, std::to_string(low),
                "must not be above " + std::string{high_name} + ", which is " + std::to_string(high));
}

bool is_numeric_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1
         || inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

// -- rules by area, in the order of the settings --------------------------------------------------------------------

finding check_identity(const raft_config& x) {
  if (x.node_name.size() > node_name_bytes_max)
    return broken("node_name", std::to_string(x.node_name.size()) + " bytes long", "must be at most 255 bytes long");
  if (x.host != "localhost" && !is_numeric_address(x.host))
    return broken("host", quoted(x.host), "must be a numeric IPv4 or IPv6 address or localhost");
  if (x.port != 0 && x.port == x.client_port)
    return broken("client_port", std::to_string(x.client_port), "must differ from port, which is the same");
  if (x.cluster_id.empty() || x.cluster_id.size() > cluster_id_bytes_max)
    return broken("cluster_id", quoted(x.cluster_id), "must be 1 to 64 bytes long");
  return check_range("initial_partitions", x.initial_partitions, 1, partitions_max, "partitions");
}

finding check_elections(const raft_config& x) {
  if (auto bad = check_duration("heartbeat_interval", x.heartbeat_interval))
    return bad;
  if (auto bad = check_duration("check_leader_interval", x.check_leader_interval))
    return bad;
  if (auto bad = check_duration("start_election_timeout", x.start_election_timeout))
    return bad;
  if (auto bad = check_duration("end_election_timeout", x.end_election_timeout))
    return bad;
  if (auto bad =
        check_order("heartbeat_interval", x.heartbeat_interval, "start_election_timeout", x.start_election_timeout))
    return bad;
  if (auto bad = check_order("check_leader_interval", x.check_leader_interval, "start_election_timeout",
                             x.start_election_timeout))
    return bad;
  if (auto bad = check_duration("quiesce_after", x.quiesce_after))
    return bad;
  return check_order("start_election_timeout", x.start_election_timeout, "end_election_timeout", x.end_election_timeout,
                     true);
}

finding check_failure_detection(const raft_config& x) {
  if (auto bad = check_duration("ping_interval", x.ping_interval))
    return bad;
  if (auto bad = check_duration("ping_timeout", x.ping_timeout))
    return bad;
  if (auto bad = check_duration("suspicion_timeout", x.suspicion_timeout))
    return bad;
  if (auto bad = check_duration("gossip_interval", x.gossip_interval))
    return bad;
  if (auto bad = check_order("ping_timeout", x.ping_timeout, "ping_interval", x.ping_interval))
    return bad;
  if (auto bad = check_order("ping_interval", x.ping_interval, "suspicion_timeout", x.suspicion_timeout, true))
    return bad;
  if (x.enable_quiescence) // whoever sleeps notices a dead leader only so
    if (auto bad = check_order("ping_interval", x.ping_interval, "start_election_timeout", x.start_election_timeout))
      return bad;
  if (auto bad = check_duration("learner_promotion_stable_window", x.learner_promotion_stable_window))
    return bad;
  if (auto bad = check_duration("dead_member_eviction_grace", x.dead_member_eviction_grace))
    return bad;
  if (auto bad = check_range("indirect_ping_fanout", x.indirect_ping_fanout, 1, gossip_peers_max, "nodes"))
    return bad;
  return check_range("gossip_fanout", x.gossip_fanout, 1, gossip_peers_max, "nodes");
}

finding check_placement(const raft_config& x) {
  if (x.zone.size() > zone_bytes_max)
    return broken("zone", quoted(x.zone), "must have at most " + std::to_string(zone_bytes_max) + " bytes");
  if (auto bad = check_range("replication_factor", x.replication_factor, 0, members_max, "replicas"))
    return bad;
  if (auto bad = check_duration("replica_balancer_interval", x.replica_balancer_interval))
    return bad;
  return check_range("replica_moves_max", x.replica_moves_max, 1, 1024, "partitions");
}

finding check_balancer(const raft_config& x) {
  if (auto bad = check_duration("leader_balancer_interval", x.leader_balancer_interval))
    return bad;
  if (auto bad = check_duration("leader_balancer_cooldown", x.leader_balancer_cooldown))
    return bad;
  return check_range("leader_balancer_moves_max", x.leader_balancer_moves_max, 1, 1024, "moves");
}

finding check_proposals(const raft_config& x) {
  if (auto bad = check_duration("proposal_timeout", x.proposal_timeout))
    return bad;
  if (auto bad = check_duration("join_timeout", x.join_timeout))
    return bad;
  if (auto bad = check_range("payload_bytes_max", x.payload_bytes_max, 1, message_bytes_max, "bytes"))
    return bad;
  if (auto bad = check_range("proposal_queue_entries_max", x.proposal_queue_entries_max, 1, UINT32_MAX, "entries"))
    return bad;
  if (auto bad = check_range("undecided_proposals_max", x.undecided_proposals_max, 1, UINT32_MAX, "proposals"))
    return bad;
  if (auto bad = check_range("undecided_bytes_max", x.undecided_bytes_max, 1, SIZE_MAX, "bytes"))
    return bad;
  if (auto bad =
        check_fits("payload_bytes_max", x.payload_bytes_max, "proposal_queue_bytes_max", x.proposal_queue_bytes_max))
    return bad;
  if (auto bad = check_fits("proposal_queue_entries_max", x.proposal_queue_entries_max, "node_queue_entries_max",
                            x.node_queue_entries_max))
    return bad;
  return check_fits("proposal_queue_bytes_max", x.proposal_queue_bytes_max, "node_queue_bytes_max",
                    x.node_queue_bytes_max);
}

finding check_replication(const raft_config& x) {
  if (auto bad = check_range("inflight_messages_max", x.inflight_messages_max, 1, 65'536, "messages"))
    return bad;
  if (auto bad = check_range("append_bytes_max", x.append_bytes_max, 1, message_bytes_max, "bytes"))
    return bad;
  if (auto bad = check_fits("append_bytes_max", x.append_bytes_max, "inflight_bytes_max", x.inflight_bytes_max))
    return bad;
  if (auto bad = check_range("log_cache_bytes_max", x.log_cache_bytes_max, 1, SIZE_MAX, "bytes"))
    return bad;
  if (auto bad = check_range("apply_bytes_max", x.apply_bytes_max, 1, SIZE_MAX, "bytes"))
    return bad;
  if (auto bad = check_fits("append_bytes_max", x.append_bytes_max, "link_window_bytes", x.link_window_bytes))
    return bad;
  return check_fits("payload_bytes_max", x.payload_bytes_max, "link_window_bytes", x.link_window_bytes);
}

finding check_storage(const raft_config& x) {
  if (auto bad = check_range("wal_writers", x.wal_writers, 1, wal_actors_max, "actors"))
    return bad;
  if (auto bad = check_range("wal_readers", x.wal_readers, 1, wal_actors_max, "actors"))
    return bad;
  if (auto bad = check_range("wal_group_partitions_max", x.wal_group_partitions_max, 1, partitions_max, "partitions"))
    return bad;
  if (x.wal_group_linger < milliseconds{0} || x.wal_group_linger > linger_max)
    return broken("wal_group_linger", text(x.wal_group_linger), "must be between 0 ms and " + text(linger_max));
  if (auto bad = check_duration("disk_stall_timeout", x.disk_stall_timeout))
    return bad;
  return check_order("wal_group_linger", x.wal_group_linger, "disk_stall_timeout", x.disk_stall_timeout);
}

finding check_wal_queues(const raft_config& x) {
  if (auto bad = check_range("wal_queue_entries_max", x.wal_queue_entries_max, 1, SIZE_MAX, "entries"))
    return bad;
  if (auto bad = check_range("wal_queue_bytes_max", x.wal_queue_bytes_max, 1, SIZE_MAX, "bytes"))
    return bad;
  if (auto bad = check_fits("wal_queue_entries_max", x.wal_queue_entries_max, "wal_node_queue_entries_max",
                            x.wal_node_queue_entries_max))
    return bad;
  return check_fits("wal_queue_bytes_max", x.wal_queue_bytes_max, "wal_node_queue_bytes_max",
                    x.wal_node_queue_bytes_max);
}

finding check_snapshots(const raft_config& x) {
  if (auto bad = check_range("compact_every_operations", x.compact_every_operations, 1, UINT64_MAX, "entries"))
    return bad;
  if (auto bad = check_range("compact_every_bytes", x.compact_every_bytes, 1, UINT64_MAX, "bytes"))
    return bad;
  if (auto bad = check_range("max_entries_per_compaction", x.max_entries_per_compaction, 1, UINT32_MAX, "entries"))
    return bad;
  if (auto bad = check_range("snapshot_sessions_max", x.snapshot_sessions_max, 1, 1024, "sessions"))
    return bad;
  if (auto bad = check_range("snapshot_chunk_bytes", x.snapshot_chunk_bytes, 1, message_bytes_max, "bytes"))
    return bad;
  if (auto bad = check_fits("snapshot_chunk_bytes", x.snapshot_chunk_bytes, "link_window_bytes", x.link_window_bytes))
    return bad;
  if (auto bad = check_range("snapshot_bytes_max", x.snapshot_bytes_max, 1, UINT64_MAX, "bytes"))
    return bad;
  return check_duration("snapshot_step_timeout", x.snapshot_step_timeout);
}

finding check_secret(const security_config& x) {
  auto given =
    int{!x.shared_secret.empty()} + int{!x.shared_secret_file.empty()} + int{!x.shared_secret_variable.empty()};
  if (given != 1)
    return broken("security.mode", "shared_secret",
                  "then exactly one of shared_secret, shared_secret_file and shared_secret_variable must be set, and "
                    + std::to_string(given) + " are");
  if (!x.shared_secret.empty() && x.shared_secret.find_first_not_of(" \t\r\n") == std::string::npos)
    return broken("security.shared_secret", "blank", "must be at least 32 random bytes");
  if (!x.accepted_secret.empty() && !x.accepted_secret_file.empty())
    return broken("security.accepted_secret", "set", "accepted_secret_file is set, too, and one of them is enough");
  if (!x.client_secret.empty() && !x.client_secret_file.empty())
    return broken("security.client_secret", "set", "client_secret_file is set, too, and one of them is enough");
  if (!x.client_secret.empty() && x.client_secret == x.shared_secret)
    return broken("security.client_secret", "the shared secret", "then clients could speak as nodes");
  if (!x.accepted_client_secret.empty() && !x.accepted_client_secret_file.empty())
    return broken("security.accepted_client_secret", "set",
                  "accepted_client_secret_file is set, too, and one of them is enough");
  return std::nullopt;
}

finding check_certificates(const security_config& x, bool needs_tls) {
  if (x.certificate_file.empty() != x.private_key_file.empty())
    return broken(x.certificate_file.empty() ? "security.certificate_file" : "security.private_key_file", "empty",
                  "a certificate and its key must be set together");
  if (needs_tls && x.certificate_file.empty())
    return broken("security.certificate_file", "empty",
                  "the node must use TLS: set certificate_file and private_key_file"
                    + std::string{x.mode == auth_mode::shared_secret ? ", or require_tls to false" : ""});
  if (x.mode == auth_mode::mutual_tls && x.require_tls.has_value() && !*x.require_tls)
    return broken("security.require_tls", "false", "mutual_tls is TLS");
  if (x.mode == auth_mode::mutual_tls && x.allow_insecure_certificate_validation)
    return broken("security.allow_insecure_certificate_validation", "true",
                  "mutual_tls proves who somebody is by valid certificates only");
  return std::nullopt;
}

finding check_security(const raft_config& config) {
  const auto& x = config.security;
  auto is_exposed = !is_loopback(config.host);
  if (x.mode == auth_mode::disabled && is_exposed && !x.allow_unauthenticated_cluster)
    return broken("host", quoted(config.host),
                  "others can reach it, and nodes do not prove who they are: set security.mode to shared_secret or "
                  "mutual_tls, or security.allow_unauthenticated_cluster if only trusted machines reach it");
  if (x.mode == auth_mode::shared_secret)
    if (auto bad = check_secret(x))
      return bad;
  auto needs_tls =
    x.mode == auth_mode::mutual_tls || x.require_tls.value_or(x.mode == auth_mode::shared_secret && is_exposed);
  return check_certificates(x, needs_tls);
}

finding check_logging(const raft_config& x) {
  if (auto bad = check_duration("slow_operation_log", x.slow_operation_log))
    return bad;
  if (auto bad = check_duration("slow_wal_log", x.slow_wal_log))
    return bad;
  for (std::string_view level : {"trace", "debug", "info", "warn", "error", "critical", "off"})
    if (x.log_level == level)
      return std::nullopt;
  return broken("log_level", quoted(x.log_level), "must be trace, debug, info, warn, error, critical or off");
}

} // namespace

result<done> raft_config::validate() const {
  for (auto check :
       {check_identity, check_elections, check_failure_detection, check_balancer, check_placement, check_proposals,
        check_replication, check_storage, check_wal_queues, check_snapshots, check_security, check_logging})
    if (auto bad = check(*this))
      return *std::move(bad);
  return done{};
}

kommander::node_id raft_config::effective_node_id() const {
  return node_id != 0 ? kommander::node_id{node_id} : derive_node_id(effective_node_name());
}

std::string raft_config::effective_node_name() const {
  if (!node_name.empty())
    return node_name;
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0')
    return "localhost";
  return name.data();
}

node_id derive_node_id(const std::string& node_name) {
  auto hash = XXH64(node_name.data(), node_name.size(), 0);
  return node_id{hash != 0 ? hash : 1}; // zero means "no node"
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "localhost" || (inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6));
}

} // namespace kommander
