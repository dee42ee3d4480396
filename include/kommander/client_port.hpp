/// Offering a raft actor to other processes.
#pragma once

#include <chrono>
#include <cstddef>

#include "kommander/messages.hpp"
#include "kommander/result.hpp"
#include "kommander/types.hpp"

namespace kommander {

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

} // namespace kommander
