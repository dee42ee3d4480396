/// Starting a node inside a CAF application, finding others, reaching one from another process, and what is left to do
/// when too many are lost for good.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "kommander/config.hpp"
#include "kommander/messages.hpp"
#include "kommander/result.hpp"
#include "kommander/state_machine.hpp"
#include "kommander/transport.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// Prepares a CAF configuration for nodes of this library: registers the message types, sets the scheduler as the
/// library needs it, installs our node ids in the middleman, and makes every setting of `raft` an option
/// `kommander.<name>` of the configuration file and the command line. Call it in the constructor of the application's
/// configuration, after `load<caf::io::middleman>()` if the application uses the middleman. `raft` must outlive
/// `config`.
void setup(caf::actor_system_config& config, raft_config& raft);

/// The same for a process that is only a client, or that fills `raft_config` by itself.
void setup(caf::actor_system_config& config);

// -- discovery ----------------------------------------------------------------------------------------------------

/// How a node finds its first contacts. A node that is started for the first time is one of a new cluster's initial
/// members, or joins a cluster that there is. After that its log says what it is, and only the addresses count.
struct static_discovery {
  /// The initial members, this node among them or not; each of them must name the same. Or, with `join`, members to ask.
  std::vector<node_info> members;
  bool join = false; ///< On an empty log: this node is none of the initial members.
};

/// Somebody who may belong to the cluster: a door to knock at, and no more. Who is a member, and who votes, is said by
/// the logs of those who answer.
struct contact {
  node_id id; ///< Zero: not known.
  endpoint address;

  auto operator<=>(const contact&) const = default;
};

/// A discovery tells of so many at most; of more, the first in ascending order.
inline constexpr std::size_t contacts_max = 256;

/// What a discovery must know about the node that it works for.
struct discovery_context {
  std::string cluster_id; ///< Nodes of another cluster are not found.
  node_info self;         ///< Where others reach it, with the port that was taken; is not told of.
  /// Gets all contacts, ascending and without repetition, whenever they are others than the last time; at first they
  /// are none. One call at a time, from a thread of the discovery or of whoever changes it. Must not block, and must
  /// not call the discovery.
  std::function<void(std::vector<contact>)> found;
};

/// What has come to a discovery from the network.
struct discovery_counters {
  std::uint64_t packets = 0;   ///< All, also those counted below.
  std::uint64_t malformed = 0; ///< Not ours, damaged, too long, or of another version.
  std::uint64_t foreign = 0;   ///< Of another cluster, or made with another key.
  std::uint64_t failures = 0;  ///< Look-ups or packets that could not be sent.
};

/// Finds contacts for a node, from `start` to `stop`; once. An application may bring its own. Functions may be called
/// from any thread, but `start` and `stop` not by two at once. A discovery must be stopped or destroyed before its
/// actor system.
class discovery {
public:
  virtual ~discovery() = default;

  /// Begins to look. Does not wait for anything from the network; what is wrong with the settings, or refused by the
  /// operating system, is an error that names it.
  virtual result<done> start(caf::actor_system& system, discovery_context context) = 0;

  /// When this returns, `found` is not called any more, and what runs for the discovery ends by itself.
  virtual void stop() = 0;

  [[nodiscard]] virtual discovery_counters counters() const {
    return {};
  }
};

using discovery_ptr = std::shared_ptr<discovery>;

/// The members of `fixed`, told once, when it is started.
discovery_ptr make_discovery(static_discovery fixed);

/// What the application knows, from wherever it does.
class dynamic_discovery final : public discovery {
public:
  dynamic_discovery();
  ~dynamic_discovery() override;

  /// These are the contacts from now on. From any thread, at any time: before `start` they are kept, after `stop`
  /// forgotten.
  void set(std::vector<contact> contacts);

  result<done> start(caf::actor_system& system, discovery_context context) override;
  void stop() override;

private:
  class implementation;
  std::shared_ptr<implementation> implementation_;
};

struct multicast_options {
  std::string group = "239.0.0.222";        ///< IPv4, 224.0.0.0 to 239.255.255.255.
  std::uint16_t port = 19790;               ///< UDP, shared by all nodes of a machine.
  std::string interface;                    ///< E.g. "eth0"; empty: all that are up, the loopback interface among them.
  std::chrono::milliseconds interval{5000}; ///< Between two announcements, a quarter more or less; 50 ms to 1 h.
  std::uint32_t forget_after = 4;           ///< Intervals without a word; 2 to 1000.
  std::uint32_t hops = 1;                   ///< How many routers may pass a packet on, and one; 1 to 255.
  std::string key;                          ///< A secret that all nodes have; empty: none. Up to 1024 bytes.
};

/// Nodes tell each other where they are, in UDP packets to a multicast group. Packets are authenticated by the
/// cluster's id and `key`, and all others are ignored and counted; but an id is no secret, and a packet that was
/// overheard can be repeated, so this finds nodes and proves nothing. A node that listens at 0.0.0.0 is found at the
/// address that its packets come from; one at a loopback address by nodes of its machine only, and not on another
/// `interface`.
discovery_ptr multicast_discovery(multicast_options options = {});

struct dns_options {
  std::string name;                         ///< All its addresses, IPv4 and IPv6, are contacts.
  std::uint16_t port = 0;                   ///< Where each of them listens.
  std::chrono::milliseconds refresh{30000}; ///< Between two look-ups; 50 ms to 24 h. After a failure: rather sooner.
};

/// A name that has the addresses of the nodes. Without `net` the contacts have no ids, and contacts without one are not
/// asked; with it, the node's own transport, each address is asked which node it is, until it answers. Without addresses, or without such a name, there are no contacts; when
/// the look-up fails, those of the last time stay. A look-up that hangs delays the end of the actor system by as much
/// as the system's resolver takes to give up (some ten seconds).
discovery_ptr dns_discovery(dns_options options, transport_ptr net = {});

// -- nodes --------------------------------------------------------------------------------------------------------

/// What a node is made of besides its settings.
struct raft_parts {
  wal_factory log;            ///< E.g. `rocksdb_wal(path)`.
  transport_ptr net;          ///< E.g. `middleman_transport()`.
  static_discovery discovery; ///< The initial members. Empty, without `finder`: a cluster of this node alone.
  /// Of a cluster that was recovered (`recovery_report::epoch`), for nodes that join it with an empty log; else empty.
  /// A log keeps its epoch, so this may be left out from then on.
  std::string cluster_epoch = {};
  /// Tells of contacts while the node runs; null: none. A node with an empty log for which `discovery` names nobody joins
  /// through whom it finds, and waits for as long as there is nobody: it never begins a cluster by itself, so neither do
  /// several of its kind. Who begins one is named in `discovery`. Contacts without an id are not asked.
  discovery_ptr finder = {};
};

/// Starts a node. Opens the log and the port before it returns, so what is wrong with the settings, the data directory
/// or the port is returned as an error that names it; the process goes on. `machine` gets the committed entries of all
/// partitions, or of its own if it came from a factory.
///
/// The node stops when it is asked to (`stop`), when it gets an exit message, or when the last handle to it is gone.
result<raft_actor> spawn_raft(caf::actor_system& system, const raft_config& config, raft_parts parts,
                              machine_handle machine);
result<raft_actor> spawn_raft(caf::actor_system& system, const raft_config& config, raft_parts parts,
                              state_machine_factory machines);

// -- clients ------------------------------------------------------------------------------------------------------

/// What a client port takes from anybody who can open a connection to it.
struct client_port_limits {
  std::size_t request_bytes_max = std::size_t{6} << 20; ///< One request; larger ones close the connection.
  std::size_t connections_max = 256;                    ///< More are closed at once.
  std::size_t unsent_bytes_max = std::size_t{64} << 20; ///< Answers that wait for one slow client; then it is cut.
  std::chrono::milliseconds handshake_timeout{3000};    ///< A connection that has not said who it is is closed.
  std::uint32_t handshakes_per_second = 50; ///< From one address, if there is anything to prove; four times as many at
                                            ///< once. Who passes does not count.
};

/// Who is at the other end of connections between clients and nodes, and what they prove.
struct client_security {
  security_config security;           ///< Of a client: the same secret or the same authorities as the nodes'.
  std::string cluster_id = "default"; ///< As in the nodes' settings.
  kommander::node_id node;            ///< Of a port: whose it is. Of a client: which node it wants; zero: any.
};

/// Lets client processes reach `node` on a port of its own, at the numeric address `where` ("localhost" will do too);
/// port 0 takes any free one. Returns where it listens. Clients can send propose, propose_batch,
/// commit_proposal, rollback_proposal, checkpoint, get_pending_tickets, get_partition_map, change_partitions,
/// get_membership, change_membership, wait_for_leader, get_leader, is_leader, transfer_leadership, step_down, read_barrier
/// and get_status to `node`, and nothing else to anybody; with `client_rights::propose_and_read` they can change neither
/// partitions nor leaders nor members. They use `kommander::connect`. The port closes, with all its connections, when `node` ends.
///
/// Errors name the address: a port in use, an address that is not this machine's, a system without the middleman.
/// May be called from any thread; does not block on the network.
result<endpoint> publish_client_port(caf::actor_system& system, const raft_actor& node, const endpoint& where,
                                     const client_port_limits& limits = {}, const client_security& security = {});

/// Connects a client process to the client port of a node, without blocking the middleman or other actors. Answers
/// with the node's handle or, within `timeout`, with an error. When the connection is lost, a monitor of the handle
/// gets a `down_msg`; requests in flight are then unanswered for ever, and their outcome is unknown.
/// To be called from an ordinary thread, for example `caf_main`.
result<raft_actor> connect(caf::actor_system& system, const endpoint& node, std::chrono::milliseconds timeout,
                           const client_security& security = {});

// -- quorum lost for good -----------------------------------------------------------------------------------------

/// What a stopped node's log holds of one partition.
struct recovery_group {
  partition_id partition;
  raft_term term;              ///< Of the node.
  log_position last;           ///< The last entry.
  log_index commit;            ///< So much is known to be committed; more may be.
  std::vector<node_id> voters; ///< By its last configuration; of both if it is joint. Ascending.
  bool fenced = false;         ///< Something that was acknowledged may be missing.
  std::string damage;          ///< What cannot be read, and where; empty: nothing.
};

struct recovery_report {
  std::string cluster_id;
  node_id node;                       ///< Whose log it is.
  std::string epoch;                  ///< After recovery: the new one. Empty: the cluster was never recovered.
  std::vector<recovery_group> groups; ///< As they were found, by partition.
  std::vector<node_info> reachable;   ///< Other voters that were asked and took a connection.
  std::vector<std::string> warnings;  ///< For people, a sentence each.
  std::vector<std::string>
    audit; ///< What was recorded of each recovery of this log, the oldest first; some lines each.
};

/// What `recover_offline` is to do.
struct recovery_request {
  node_id survivor;                        ///< Must be the node whose log it is.
  std::vector<node_info> members;          ///< Where the voters listen: so it is seen whether they are really gone.
  std::string reason;                      ///< For the record: why, and who; 1 to 1000 bytes.
  bool force = false;                      ///< Do it although a majority may be there, or this log may lack entries.
  std::chrono::milliseconds timeout{2000}; ///< For the voters to take a connection.
};

/// Reads what a stopped node's log holds, and changes nothing: to be compared between survivors before one is
/// recovered. The best has, in each partition, the highest term of its last entry, and among equals the highest index.
result<recovery_report> inspect_offline(const wal_factory& log);

/// The last resort, for a cluster that has lost a majority of its voters for good: makes one survivor, whose log this
/// is, the only voter of each of its partitions. What a majority had committed and this log lacks is lost for ever;
/// what this log has and nobody committed becomes committed.
///
/// It begins a new *epoch* of the cluster: this node and those of the old epoch refuse each other from then on. So it
/// is to be run on *one* survivor. All other members must be stopped, their logs be thrown away, and then they join
/// with the epoch of the report; two that were recovered each for itself are two clusters, which refuse each other too.
///
/// Refused, with nothing changed: a log in use, or not `survivor`'s; a cluster that has lost nothing; unless `force`,
/// one of which a majority takes connections or was not asked because its address is not among `members`, a survivor
/// that is no voter, or one whose log is fenced or damaged. Blocks for the time-out and the log's writes. If it fails
/// in between or is killed, the node has no quorum; it is to be run again.
result<recovery_report> recover_offline(const wal_factory& log, const recovery_request& request);

/// Those of `nodes` that take a TCP connection within `timeout`, or may: a host name that is not numeric is not looked
/// up, and counts as one that does. For programs that are no nodes: it blocks.
std::vector<node_info> find_listening(const std::vector<node_info>& nodes, std::chrono::milliseconds timeout);

} // namespace kommander
