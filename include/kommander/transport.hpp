/// How nodes talk: the interface of a transport, and the two that come with the library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/config.hpp"
#include "kommander/raft_message.hpp"
#include "kommander/result.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Messages for the link's peer, of any partitions. Local to the process.
struct link_send {
  std::vector<raft_message> messages;
};

/// From now on the link's peer is to be found at `address`.
struct link_retarget {
  endpoint address;
  bool introduces_itself = false; ///< As with `transport::open_link`; it stays so.
};

struct get_link_status {};

/// What a link knows about its peer.
struct link_status {
  node_id peer;
  bool connected = false;
  std::uint64_t queued_bytes = 0;     ///< Waiting here for the window.
  std::uint64_t unacked_bytes = 0;    ///< Sent, not yet acknowledged by the peer's link.
  std::uint64_t dropped_messages = 0; ///< For want of a connection or of room; Raft repeats what matters.
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t frames_refused = 0; ///< Of an earlier connection, out of order or malformed.
  std::uint64_t connects = 0;       ///< How often the link came up.
};

/// One per remote node. Gathers what all partitions have for that node, bounds what is queued and in flight,
/// reconnects by itself, and drops (and counts) what it cannot send in time: Raft repeats what matters. It never
/// blocks and never fails its senders. It ends when it gets an exit message.
using peer_link = cafx::typed<void(link_send), void(link_retarget), link_status(get_link_status)>;

/// Gets the messages of one peer, in the order in which they were sent, from a link's thread. All of them come from
/// node `from` (the transport has checked that) and are for this node. Must not block.
using message_sink = std::function<void(node_id from, std::vector<raft_message>&& messages)>;

/// A node has said who it is, and where it listens; there need not be a link to it. From any thread; must not block. Of
/// strangers, a transport tells a few times a second at most.
using introduction_sink = std::function<void(const node_info& who)>;

/// What a transport must know about the node that it works for.
struct transport_context {
  node_info self; ///< Port 0: any free one.
  std::string node_name;
  std::string cluster_id; ///< Nodes of another cluster are refused.
  message_sink deliver;
  introduction_sink introduced;                          ///< May be empty.
  std::size_t frame_bytes_max = std::size_t{1} << 20;    ///< Largest frame body sent or accepted.
  std::size_t message_bytes_max = std::size_t{6} << 20;  ///< Largest message sent or accepted, over all its frames.
  std::size_t link_window_bytes = std::size_t{16} << 20; ///< Unacknowledged bytes per peer.
  std::size_t link_queue_bytes = std::size_t{32} << 20;  ///< Bytes that wait for the window per peer.
  security_config security;                              ///< What those who connect must prove.
  std::size_t connections_max = 256;
  std::uint32_t handshakes_per_second = 50; ///< From one address, if there is anything to prove; four times as many at
                                            ///< once. Who passes does not count.
  std::chrono::milliseconds connect_timeout{2000};
  std::chrono::milliseconds handshake_timeout{3000};
  std::chrono::milliseconds reconnect_backoff_min{20};
  std::chrono::milliseconds reconnect_backoff_max{1000};
};

/// Carries messages between nodes. Functions are called by the thread that calls `spawn_raft` or by the raft actor,
/// never by two threads at once. None blocks on the network.
class transport {
public:
  virtual ~transport() = default;

  /// Begins to listen. Returns where, with the port that was taken. A port in use is an error that names it.
  virtual result<endpoint> start(caf::actor_system& system, transport_context context) = 0;

  /// Spawns the link to `peer`. Only after `start`; one for each peer at a time. Of two nodes that know each other one calls
  /// the other; one that is not known there `introduces_itself`: it calls in any case.
  virtual peer_link open_link(const node_info& peer, bool introduces_itself = false) = 0;

  /// Stops listening and closes all connections; links are ended by their owner. Returns without waiting.
  virtual void stop() = 0;

  /// Asks whoever listens at `where` which node it is, over a connection of its own. `told` is called once, by any
  /// thread: with zero if no node of this cluster has answered within some seconds, if this node is connected with it
  /// already, or if the transport cannot ask, as by itself. May be called from any thread.
  virtual void identify(const endpoint& where, std::function<void(node_id)> told);
};

using transport_ptr = std::shared_ptr<transport>;

/// Through CAF's middleman, with sockets of our own in front of it: see net/README.md.
/// The system's configuration must have been prepared by `kommander::setup`.
transport_ptr middleman_transport();

class in_process_network;

/// Between nodes of one process, through `network` (see testing/in_process_network.hpp).
transport_ptr in_process_transport(std::shared_ptr<in_process_network> network);

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::link_send)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::link_retarget)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::get_link_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::link_status)
