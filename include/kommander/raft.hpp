/// Starting a node inside a CAF application, and reaching one from another process.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
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

/// How a node finds its first contacts. A node that is started for the first time is one of a new cluster's initial
/// members, or joins a cluster that there is. After that its log says what it is, and only the addresses count.
struct static_discovery {
  /// The initial members, this node among them or not; each of them must name the same. Or, with `join`, members to ask.
  std::vector<node_info> members;
  bool join = false; ///< On an empty log: this node is none of the initial members.
};

/// What a node is made of besides its settings.
struct raft_parts {
  wal_factory log;            ///< E.g. `rocksdb_wal(path)`.
  transport_ptr net;          ///< E.g. `middleman_transport()`.
  static_discovery discovery; ///< The initial members. Empty: a cluster of this node alone.
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

/// What a client port takes from anybody who can open a connection to it.
struct client_port_limits {
  std::size_t request_bytes_max = std::size_t{6} << 20; ///< One request; larger ones close the connection.
  std::size_t connections_max = 256;                    ///< More are closed at once.
  std::size_t unsent_bytes_max = std::size_t{64} << 20; ///< Answers that wait for one slow client; then it is cut.
  std::chrono::milliseconds handshake_timeout{3000};    ///< A connection that has not said who it is is closed.
};

/// Lets client processes reach `node` on a port of its own, at the numeric address `where` ("localhost" will do too);
/// port 0 takes any free one. Returns where it listens. Clients can send propose, propose_batch,
/// commit_proposal, rollback_proposal, checkpoint, get_pending_tickets, get_partition_map, change_partitions, wait_for_leader, get_leader, is_leader,
/// transfer_leadership, step_down, read_barrier and get_status to `node`, and nothing else to anybody; they use `kommander::connect`. The port closes, with all its connections, when `node` ends.
///
/// Errors name the address: a port in use, an address that is not this machine's, a system without the middleman.
/// May be called from any thread; does not block on the network.
result<endpoint> publish_client_port(caf::actor_system& system, const raft_actor& node, const endpoint& where,
                                     const client_port_limits& limits = {});

/// Connects a client process to the client port of a node, without blocking the middleman or other actors. Answers
/// with the node's handle or, within `timeout`, with an error. When the connection is lost, a monitor of the handle
/// gets a `down_msg`; requests in flight are then unanswered for ever, and their outcome is unknown.
/// To be called from an ordinary thread, for example `caf_main`.
result<raft_actor> connect(caf::actor_system& system, const endpoint& node, std::chrono::milliseconds timeout);

} // namespace kommander
