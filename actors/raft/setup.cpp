// Makes a CAF configuration fit for nodes and clients: message types, scheduler, and every setting as an option.
#include <optional>
#include <type_traits>
#include <utility>

#include "kommander/network_setup.hpp"
#include "kommander/raft.hpp"

namespace kommander {

namespace {

/// The options of a configuration are protected, and a library has no configuration class of its own to derive.
struct option_access : caf::actor_system_config {
  static caf::config_option_set& of(caf::actor_system_config& x) {
    return x.*(&option_access::custom_options_);
  }
};

// -- durations: CAF's time spans, which must be whole milliseconds here -------------------------------------------

using std::chrono::milliseconds;

caf::error check_duration(const caf::config_value& x) {
  if (!caf::holds_alternative<caf::timespan>(x))
    return caf::make_error(caf::pec::type_mismatch);
  if (caf::get<caf::timespan>(x) % milliseconds{1} != caf::timespan{0})
    return caf::make_error(caf::sec::invalid_argument, "durations are whole milliseconds");
  return caf::none;
}

void store_duration(void* target, const caf::config_value& x) {
  *static_cast<milliseconds*>(target) = std::chrono::duration_cast<milliseconds>(caf::get<caf::timespan>(x));
}

caf::config_value get_duration(const void* source) {
  return caf::config_value{caf::timespan{*static_cast<const milliseconds*>(source)}};
}

caf::expected<caf::config_value> parse_duration(void*, caf::string_view text) {
  auto parsed = caf::config_value::parse(text);
  if (!parsed)
    return parsed;
  if (auto err = check_duration(*parsed))
    return err;
  return parsed;
}

// -- switches: CAF's own take no value on the command line, so nothing could be switched off there --------------------

caf::error check_switch(const caf::config_value& x) {
  if (!caf::holds_alternative<bool>(x))
    return caf::make_error(caf::pec::type_mismatch);
  return caf::none;
}

void store_switch(void* target, const caf::config_value& x) {
  *static_cast<bool*>(target) = caf::get<bool>(x);
}

caf::config_value get_switch(const void* source) {
  return caf::config_value{*static_cast<const bool*>(source)};
}

caf::expected<caf::config_value> parse_switch(void*, caf::string_view text) {
  auto parsed = caf::config_value::parse(text);
  if (parsed && !caf::holds_alternative<bool>(*parsed))
    return caf::make_error(caf::pec::type_mismatch);
  return parsed;
}

// -- values with a name -------------------------------------------------------------------------------------------

template <class T>
struct named_values;

template <>
struct named_values<auth_mode> {
  static constexpr std::pair<const char*, auth_mode> all[] = {{"disabled", auth_mode::disabled},
                                                              {"shared_secret", auth_mode::shared_secret},
                                                              {"mutual_tls", auth_mode::mutual_tls}};
};

template <>
struct named_values<client_rights> {
  static constexpr std::pair<const char*, client_rights> all[] = {{"propose_and_read", client_rights::propose_and_read},
                                                                  {"administration", client_rights::administration}};
};

template <class T>
caf::error check_named(const caf::config_value& x) {
  if (!caf::holds_alternative<std::string>(x))
    return caf::make_error(caf::pec::type_mismatch);
  for (const auto& [name, value] : named_values<T>::all)
    if (caf::get<std::string>(x) == name)
      return caf::none;
  return caf::make_error(caf::sec::invalid_argument, "no such name");
}

template <class T>
void store_named(void* target, const caf::config_value& x) {
  for (const auto& [name, value] : named_values<T>::all)
    if (caf::get<std::string>(x) == name)
      *static_cast<T*>(target) = value;
}

template <class T>
caf::config_value get_named(const void* source) {
  for (const auto& [name, value] : named_values<T>::all)
    if (*static_cast<const T*>(source) == value)
      return caf::config_value{std::string{name}};
  return caf::config_value{std::string{}};
}

template <class T>
caf::expected<caf::config_value> parse_named(void*, caf::string_view text) {
  caf::config_value x{std::string{text.begin(), text.end()}};
  if (auto err = check_named<T>(x))
    return err;
  return x;
}

// -- switches that may also be left alone ---------------------------------------------------------------------------

void store_choice(void* target, const caf::config_value& x) {
  *static_cast<std::optional<bool>*>(target) = caf::get<bool>(x);
}

caf::config_value get_choice(const void* source) {
  return caf::config_value{static_cast<const std::optional<bool>*>(source)->value_or(false)};
}

// -- the options --------------------------------------------------------------------------------------------------

class option_adder {
public:
  explicit option_adder(caf::actor_system_config& config)
    : options_{option_access::of(config)},
      group_{options_, "kommander"} {
    // nop
  }

  template <class T>
  option_adder& add(T& target, caf::string_view name, caf::string_view description) {
    group_.add(target, name, description);
    return *this;
  }

  option_adder& add(milliseconds& target, caf::string_view name, caf::string_view description) {
    static const caf::config_option::meta_state meta{check_duration, store_duration, get_duration, parse_duration,
                                                     "timespan"};
    options_.add(caf::config_option{"kommander", name, description, &meta, &target});
    return *this;
  }

  option_adder& add(bool& target, caf::string_view name, caf::string_view description) {
    static const caf::config_option::meta_state meta{check_switch, store_switch, get_switch, parse_switch,
                                                     "true|false"};
    options_.add(caf::config_option{"kommander", name, description, &meta, &target});
    return *this;
  }

  option_adder& add(std::optional<bool>& target, caf::string_view name, caf::string_view description) {
    static const caf::config_option::meta_state meta{check_switch, store_choice, get_choice, parse_switch,
                                                     "true|false"};
    options_.add(caf::config_option{"kommander", name, description, &meta, &target});
    return *this;
  }

  template <class T>
  requires std::is_enum_v<T> option_adder& add(T& target, caf::string_view name, caf::string_view description) {
    static const caf::config_option::meta_state meta{check_named<T>, store_named<T>, get_named<T>, parse_named<T>,
                                                     "name"};
    options_.add(caf::config_option{"kommander", name, description, &meta, &target});
    return *this;
  }

private:
  caf::config_option_set& options_;
  caf::config_option_adder group_;
};

void add_identity_options(option_adder& to, raft_config& x) {
  to.add(x.node_name, "node-name", "name of this node (default: the host's name)")
    .add(x.node_id, "node-id", "id of this node (default: derived from the name)")
    .add(x.host, "host", "numeric address of the Raft port")
    .add(x.port, "port", "Raft port (0: any free one)")
    .add(x.client_port, "client-port", "port for client processes (0: not offered)")
    .add(x.cluster_id, "cluster-id", "nodes of another cluster are refused")
    .add(x.initial_partitions, "initial-partitions", "partitions beside the system partition")
    .add(x.log_level, "log-level", "trace, debug, info, warn, error, critical or off")
    .add(x.slow_operation_log, "slow-operation-log", "proposals that take longer are logged");
}

void add_election_options(option_adder& to, raft_config& x) {
  to.add(x.heartbeat_interval, "heartbeat-interval", "time between two heartbeats of a leader")
    .add(x.check_leader_interval, "check-leader-interval", "most time between two looks at the clock")
    .add(x.start_election_timeout, "start-election-timeout", "least time without a leader before a campaign")
    .add(x.end_election_timeout, "end-election-timeout", "most time without a leader before a campaign")
    .add(x.election_seed, "election-seed", "seed of the election time-outs (0: from the operating system)")
    .add(x.enable_pre_vote, "enable-pre-vote", "ask before an election whether it would be won")
    .add(x.enable_check_quorum, "enable-check-quorum", "a leader that does not hear a majority steps down")
    .add(x.enable_quiescence, "enable-quiescence", "partitions in which nothing happens fall asleep")
    .add(x.quiesce_after, "quiesce-after", "time without events before a partition falls asleep")
    .add(x.join_timeout, "join-timeout", "most time that a join takes");
}

void add_failure_detection_options(option_adder& to, raft_config& x) {
  to.add(x.ping_interval, "ping-interval", "time between two rounds of pings")
    .add(x.ping_timeout, "ping-timeout", "who has not answered then is pinged through others")
    .add(x.indirect_ping_fanout, "indirect-ping-fanout", "through how many others a node is pinged")
    .add(x.suspicion_timeout, "suspicion-timeout", "least time after which a suspect counts as dead")
    .add(x.gossip_interval, "gossip-interval", "time between two comparisons of all that nodes know")
    .add(x.gossip_fanout, "gossip-fanout", "how many others news are told at once")
    .add(x.learner_promotion_lag, "learner-promotion-lag", "entries that a node which joins may lack to vote")
    .add(x.learner_promotion_stable_window, "learner-promotion-stable-window", "for how long it must lack no more")
    .add(x.dead_member_eviction_grace, "dead-member-eviction-grace", "who is dead for so long is removed");
}

void add_placement_options(option_adder& to, raft_config& x) {
  to.add(x.zone, "zone", "what this node fails together with, for example its rack")
    .add(x.replication_factor, "replication-factor", "replicas of a new cluster's partitions; 0: on every member")
    .add(x.enable_replica_balancer, "enable-replica-balancer", "replicas are spread over the voters")
    .add(x.replica_balancer_interval, "replica-balancer-interval",
         "so long all is calm before a replica moves for that")
    .add(x.replica_moves_max, "replica-moves-max", "partitions whose replicas move at a time");
}

void add_balancer_options(option_adder& to, raft_config& x) {
  to.add(x.enable_leader_balancer, "enable-leader-balancer", "leaders are spread over the voters")
    .add(x.leader_balancer_interval, "leader-balancer-interval", "time between two rounds of moves")
    .add(x.leader_balancer_moves_max, "leader-balancer-moves-max", "leaders that move in a round")
    .add(x.leader_balancer_cooldown, "leader-balancer-cooldown", "a leader that has moved stays for so long");
}

void add_limit_options(option_adder& to, raft_config& x) {
  to.add(x.proposal_timeout, "proposal-timeout", "most time that a proposal takes")
    .add(x.payload_bytes_max, "payload-bytes-max", "largest payload")
    .add(x.proposal_queue_entries_max, "proposal-queue-entries-max", "uncommitted entries per partition")
    .add(x.proposal_queue_bytes_max, "proposal-queue-bytes-max", "uncommitted bytes per partition")
    .add(x.undecided_proposals_max, "undecided-proposals-max", "manual proposals that wait, per partition")
    .add(x.undecided_bytes_max, "undecided-bytes-max", "bytes of manual proposals that wait, per partition")
    .add(x.node_queue_entries_max, "node-queue-entries-max", "entries proposed and not answered on this node")
    .add(x.node_queue_bytes_max, "node-queue-bytes-max", "bytes proposed and not answered on this node")
    .add(x.inflight_messages_max, "inflight-messages-max", "unacknowledged appends per peer and partition")
    .add(x.inflight_bytes_max, "inflight-bytes-max", "unacknowledged bytes per peer and partition")
    .add(x.append_bytes_max, "append-bytes-max", "bytes of entries in one append")
    .add(x.log_cache_bytes_max, "log-cache-bytes-max", "bytes of entries in memory per partition")
    .add(x.apply_bytes_max, "apply-bytes-max", "bytes of entries in one message to the state machine")
    .add(x.link_window_bytes, "link-window-bytes", "unacknowledged bytes per peer");
}

void add_storage_options(option_adder& to, raft_config& x) {
  to.add(x.wal_writers, "wal-writers", "threads that write the log")
    .add(x.wal_readers, "wal-readers", "threads that read the log")
    .add(x.wal_group_partitions_max, "wal-group-partitions-max", "partitions in one group commit")
    .add(x.wal_group_linger, "wal-group-linger", "how long a writer waits for a larger group commit")
    .add(x.wal_queue_entries_max, "wal-queue-entries-max", "entries on their way to the disk per partition")
    .add(x.wal_queue_bytes_max, "wal-queue-bytes-max", "bytes on their way to the disk per partition")
    .add(x.wal_node_queue_entries_max, "wal-node-queue-entries-max", "entries on their way to the disk per node")
    .add(x.wal_node_queue_bytes_max, "wal-node-queue-bytes-max", "bytes on their way to the disk per node")
    .add(x.disk_stall_timeout, "disk-stall-timeout", "a leader whose writes take longer hands over")
    .add(x.slow_wal_log, "slow-wal-log", "writes and reads of the log that take longer are logged");
}

void add_snapshot_options(option_adder& to, raft_config& x) {
  to.add(x.compact_every_operations, "compact-every-operations", "entries after which a log is compacted")
    .add(x.compact_every_bytes, "compact-every-bytes", "bytes of entries after which a log is compacted")
    .add(x.max_entries_per_compaction, "max-entries-per-compaction", "entries that leave a log at once")
    .add(x.snapshot_sessions_max, "snapshot-sessions-max", "snapshots that a leader sends at a time, per partition")
    .add(x.snapshot_chunk_bytes, "snapshot-chunk-bytes", "bytes of a snapshot in one message")
    .add(x.snapshot_bytes_max, "snapshot-bytes-max", "largest snapshot that is received")
    .add(x.snapshot_step_timeout, "snapshot-step-timeout", "a snapshot without progress for so long is given up");
}

void add_security_options(option_adder& to, security_config& x) {
  to.add(x.mode, "auth-mode", "disabled, shared_secret or mutual_tls")
    .add(x.allow_unauthenticated_cluster, "allow-unauthenticated-cluster",
         "listen beyond this machine although nobody proves who he is")
    .add(x.clients, "client-rights", "propose_and_read or administration")
    .add(x.shared_secret, "shared-secret", "the secret itself; better use one of the next two")
    .add(x.shared_secret_file, "shared-secret-file", "file with the secret in its first line")
    .add(x.shared_secret_variable, "shared-secret-variable", "variable of the environment with the secret")
    .add(x.accepted_secret, "accepted-secret", "a second secret that others may use")
    .add(x.accepted_secret_file, "accepted-secret-file", "file with a second secret that others may use")
    .add(x.client_secret, "client-secret", "what clients prove themselves with (default: the nodes' secret)")
    .add(x.client_secret_file, "client-secret-file", "file with the secret of clients in its first line")
    .add(x.accepted_client_secret, "accepted-client-secret", "a second secret that clients may use")
    .add(x.accepted_client_secret_file, "accepted-client-secret-file", "file with a second secret of clients")
    .add(x.require_tls, "require-tls", "TLS or nothing (default: with authentication, beyond this machine)")
    .add(x.certificate_file, "certificate-file", "PEM: certificate of this node and the chain behind it")
    .add(x.private_key_file, "private-key-file", "PEM: its key, without a password")
    .add(x.authorities_file, "authorities-file", "PEM: who may have signed the certificates of others")
    .add(x.pinned_certificates, "pinned-certificates", "SHA-256 of certificates: then only these")
    .add(x.allow_insecure_certificate_validation, "allow-insecure-certificate-validation",
         "for development: any certificate of a server");
}

} // namespace

void setup(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::kommander_messages>();
  cafx::apply_recommended_settings(config);
  setup_network(config);
}

void setup(caf::actor_system_config& config, raft_config& raft) {
  config.add_message_types<caf::id_block::kommander_messages>();
  cafx::apply_recommended_settings(config);
  option_adder options{config};
  add_identity_options(options, raft);
  add_election_options(options, raft);
  add_failure_detection_options(options, raft);
  add_balancer_options(options, raft);
  add_placement_options(options, raft);
  add_limit_options(options, raft);
  add_storage_options(options, raft);
  add_snapshot_options(options, raft);
  add_security_options(options, raft.security);
  setup_network(config, &raft);
}

} // namespace kommander
