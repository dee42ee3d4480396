/// Settings of a node. Free of CAF; `kommander::setup` makes them options of CAF's configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kommander/result.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// How those who connect prove that they belong to the cluster.
enum class auth_mode : std::uint8_t {
  disabled,      ///< Not at all.
  shared_secret, ///< Both sides prove that they know a secret, and sign all that they send.
  mutual_tls,    ///< Both sides show a certificate that names them.
};

/// What clients may ask for at the client port.
enum class client_rights : std::uint8_t {
  propose_and_read, ///< Proposals, their tickets, and questions.
  administration,   ///< Leaders, partitions and members as well.
};

/// What protects a node's ports. net/README.md says what each mode proves and how to set it up.
struct security_config {
  auth_mode mode = auth_mode::disabled;
  bool allow_unauthenticated_cluster = false; ///< Listen beyond loopback although anybody may then speak for a node.

  client_rights clients = client_rights::administration; ///< What they may ask for, once they have proved themselves.

  // -- shared secret ------------------------------------------------------------------------------------------------

  std::string shared_secret;          ///< One of these three, of 32 bytes or more.
  std::string shared_secret_file;     ///< Its first line.
  std::string shared_secret_variable; ///< Name of a variable of the environment.
  std::string accepted_secret;        ///< A second one that others may use, while the first is being replaced. …
  std::string accepted_secret_file;   ///< … The same from a file.

  /// Of a node: what clients prove themselves with at its client port, and not with the secrets above, which could make
  /// them nodes. Empty: clients share the nodes' secrets. A client sets its own as `shared_secret`.
  std::string client_secret;
  std::string client_secret_file;          ///< Its first line.
  std::string accepted_client_secret;      ///< A second one, while the first is being replaced. …
  std::string accepted_client_secret_file; ///< … The same from a file.

  // -- TLS 1.3 --------------------------------------------------------------------------------------------------------

  std::optional<bool> require_tls; ///< Unset: with authentication, whenever the node listens beyond loopback.
  std::string certificate_file;    ///< PEM: the node's certificate, and the chain behind it.
  std::string private_key_file;    ///< PEM, without a password.
  std::string authorities_file;    ///< PEM: whoever may have signed the others' certificates.
  std::vector<std::string> pinned_certificates; ///< SHA-256 of certificates, in hex; then only these, signed by anyone.
  bool allow_insecure_certificate_validation =
    false; ///< For development: any server's certificate; never with mutual TLS.
};

/// Every setting has the default given here. `validate` says which values make sense together.
struct raft_config {
  // -- identity ---------------------------------------------------------------------------------------------------

  std::string node_name;              ///< Empty: the host's name.
  std::uint64_t node_id = 0;          ///< 0: derived from the name (xxHash64).
  std::string host = "127.0.0.1";     ///< Numeric address on which the Raft port listens and others reach it.
  std::uint16_t port = 0;             ///< Raft port; 0: any free one.
  std::uint16_t client_port = 0;      ///< Port for client processes; 0: not offered.
  std::string cluster_id = "default"; ///< Nodes of another cluster are refused. 1 to 64 bytes.
  std::uint32_t initial_partitions =
    1; ///< Partitions 1 … n of a new cluster, beside partition 0, as its first leader has it.

  // -- elections and liveness -------------------------------------------------------------------------------------

  std::chrono::milliseconds heartbeat_interval{500};
  std::chrono::milliseconds check_leader_interval{250};   ///< Most time between two ticks of a partition.
  std::chrono::milliseconds start_election_timeout{2000}; ///< A follower waits a random time …
  std::chrono::milliseconds end_election_timeout{4000};   ///< … between these two before it campaigns.
  std::uint64_t election_seed = 0; ///< 0: from the operating system. The node id is always mixed in.
  bool enable_pre_vote = true;
  bool enable_check_quorum = true;
  bool enable_quiescence = true; ///< Partitions in which nothing happens fall asleep: no heartbeats, no timers.
  std::chrono::milliseconds quiesce_after{1500}; ///< Nothing has happened for so long before one does.

  // -- failure detection --------------------------------------------------------------------------------------------

  std::chrono::milliseconds ping_interval{1000};     ///< Each node pings two others so often.
  std::chrono::milliseconds ping_timeout{500};       ///< Who has not answered then is asked through others as well.
  std::uint32_t indirect_ping_fanout = 2;            ///< Through so many. Who has not answered then either is suspect.
  std::chrono::milliseconds suspicion_timeout{5000}; ///< Who does not object for so long, or longer in a large cluster
                                                     ///< or while nobody else confirms it, counts as dead.
  std::chrono::milliseconds gossip_interval{5000};   ///< Nodes compare all they know with others so often, …
  std::uint32_t gossip_fanout = 2;                   ///< … with so many at a time. News are told to as many at once.

  // -- members ----------------------------------------------------------------------------------------------------

  std::uint64_t learner_promotion_lag = 10; ///< A node that joins votes when it lacks at most so many entries …
  std::chrono::milliseconds learner_promotion_stable_window{3000}; ///< … of each partition, for so long.
  std::chrono::milliseconds dead_member_eviction_grace{120'000};   ///< Who is dead for so long is removed.

  // -- leader balancing -------------------------------------------------------------------------------------------

  bool enable_leader_balancer = true; ///< Leaders are spread over the voters, while nothing else goes on.
  std::chrono::milliseconds leader_balancer_interval{10'000}; ///< So long after all is calm, and between two rounds.
  std::uint32_t leader_balancer_moves_max = 16;               ///< Leaders that move in a round; two at a time.
  std::chrono::milliseconds leader_balancer_cooldown{60'000}; ///< A leader that has moved stays for so long.

  // -- placement --------------------------------------------------------------------------------------------------

  std::string zone; ///< What this node fails together with, for example its rack; empty: not said. At most 64 bytes.
  std::uint32_t replication_factor =
    0; ///< Replicas of each partition of a new cluster, as its first leader has it; 0: one on every member.
  bool enable_replica_balancer = true; ///< Replicas are spread over the voters, while nothing else goes on.
  std::chrono::milliseconds replica_balancer_interval{30'000}; ///< So long all is calm before one moves for that.
  std::uint32_t replica_moves_max = 4;                         ///< Partitions whose replicas move at a time.

  // -- proposals --------------------------------------------------------------------------------------------------

  std::chrono::milliseconds proposal_timeout{10000};
  std::chrono::milliseconds join_timeout{60000};
  std::size_t payload_bytes_max = std::size_t{4} << 20;
  std::size_t proposal_queue_entries_max = 2048;                ///< Uncommitted entries per partition.
  std::size_t proposal_queue_bytes_max = std::size_t{16} << 20; ///< Uncommitted bytes per partition.
  std::size_t undecided_proposals_max = 1024;                   ///< Manual proposals that wait, per partition.
  std::size_t undecided_bytes_max = std::size_t{64} << 20;      ///< What these hold in memory, per partition.
  std::size_t node_queue_entries_max = 65'536;               ///< Proposed and not answered, of all partitions together.
  std::size_t node_queue_bytes_max = std::size_t{256} << 20; ///< The same in bytes. More is refused, not queued.

  // -- replication ------------------------------------------------------------------------------------------------

  std::size_t inflight_messages_max = 64;                 ///< Unacknowledged appends per peer and partition.
  std::size_t inflight_bytes_max = std::size_t{8} << 20;  ///< Unacknowledged bytes per peer and partition.
  std::size_t append_bytes_max = std::size_t{256} << 10;  ///< Entries in one append message.
  std::size_t log_cache_bytes_max = std::size_t{4} << 20; ///< Entries kept in memory per partition.
  std::size_t apply_bytes_max = std::size_t{1} << 20;     ///< Entries in one message to the state machine.
  std::size_t link_window_bytes = std::size_t{16} << 20;  ///< Unacknowledged bytes per peer.

  // -- storage ----------------------------------------------------------------------------------------------------

  std::uint32_t wal_writers = 1; ///< Each syncs for itself: more help only where syncs to one disk overlap.
  std::uint32_t wal_readers = 2;
  std::uint32_t wal_group_partitions_max = 64;   ///< Partitions in one group commit.
  std::chrono::milliseconds wal_group_linger{0}; ///< A writer waits so long for more partitions to join a group commit.
  std::size_t wal_queue_entries_max = 8192;      ///< On their way to the disk, per partition. A follower refuses more.
  std::size_t wal_queue_bytes_max = std::size_t{16} << 20;      ///< The same in bytes.
  std::size_t wal_node_queue_entries_max = 65'536;              ///< The same of all partitions together: above it only
  std::size_t wal_node_queue_bytes_max = std::size_t{64} << 20; ///< partitions with nothing under way take entries.
  std::chrono::milliseconds disk_stall_timeout{1000}; ///< A leader whose writes take longer hands over to another node.
  bool detached_wal_actors = true; ///< False: on CAF's scheduler, for tests on its deterministic scheduler.

  // -- compaction and snapshots -------------------------------------------------------------------------------------

  std::uint64_t compact_every_operations = 10'000; ///< A partition's log is compacted after so many entries, …
  std::uint64_t compact_every_bytes = std::uint64_t{64} << 20; ///< … or so many bytes of entries, if anything may go.
  std::uint64_t max_entries_per_compaction = 5000; ///< Entries that leave the log at once; more take several steps.
  std::size_t snapshot_sessions_max = 8;           ///< Snapshots that a leader sends at a time, per partition.
  std::size_t snapshot_chunk_bytes = std::size_t{256} << 10;   ///< In one message; each waits for the one before.
  std::uint64_t snapshot_bytes_max = std::uint64_t{512} << 20; ///< Larger snapshots are refused by their receiver.
  std::chrono::milliseconds snapshot_step_timeout{120'000};    ///< One without progress for so long is given up.

  // -- security ---------------------------------------------------------------------------------------------------

  security_config security;

  // -- logging ----------------------------------------------------------------------------------------------------

  std::chrono::milliseconds slow_operation_log{50}; ///< A proposal that waits longer is logged, ten seconds apart.
  std::chrono::milliseconds slow_wal_log{25};       ///< The same for writes and reads of the log.
  std::string log_level = "info";                   ///< trace, debug, info, warn, error, critical or off.

  /// Success, or the first rule that is broken, naming the setting, the value and the rule.
  [[nodiscard]] result<done> validate() const;

  /// `node_id` as given, or derived from the name.
  [[nodiscard]] kommander::node_id effective_node_id() const;

  /// `node_name` as given, or the host's name.
  [[nodiscard]] std::string effective_node_name() const;
};

/// The id that a node of this name has unless told otherwise: xxHash64 of the name, never zero.
node_id derive_node_id(const std::string& node_name);

/// True if `host` can be reached from this machine only: localhost, 127.0.0.0/8 or ::1.
bool is_loopback(const std::string& host);

} // namespace kommander
