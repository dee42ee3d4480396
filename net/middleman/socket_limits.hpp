/// What our sockets let through to CAF, and what they count.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include <caf/fwd.hpp>

#include "net/channel/channel.hpp"

namespace kommander::net {

/// Rules for the connections of one port, or for one that was dialed. Fixed once a socket uses them.
struct socket_limits {
  std::size_t payload_bytes_max = std::size_t{1} << 20; ///< Of one message of CAF's wire protocol.
  std::size_t unsent_bytes_max = std::size_t{32} << 20; ///< Waiting for the peer to read; then the connection is cut.
  std::size_t connections_max = 256;                    ///< At one port.
  std::chrono::milliseconds handshake_timeout{3000};    ///< From connection to the end of CAF's handshake.
  std::chrono::milliseconds idle_timeout{0};            ///< Cut a peer that sends nothing for so long; 0: never.
  std::chrono::milliseconds takeover_timeout{3000};     ///< A node heard of within this time is not replaced.
  std::chrono::milliseconds unacked_timeout{5000};      ///< TCP_USER_TIMEOUT.
  std::uint64_t destination = 0;                        ///< The one actor that may be addressed; 0: none.
  bool any_destination = false;                         ///< Answers to any actor that asked may arrive.
  std::set<std::string, std::less<>> content_types;     ///< The types of messages that may arrive.

  // -- before a peer has proved who it is ---------------------------------------------------------------------------

  channel_factory_ptr channels; ///< What protects each connection; null: nothing, there is nothing to prove.
  std::size_t unproved_bytes_max = 64 << 10; ///< That a peer may send; what our side holds back has the same bound.
  std::uint32_t handshakes_per_second = 50;  ///< From one address, at one port; …
  std::uint32_t handshake_burst = 200;       ///< … so many at once. Who proves itself does not count.
};

using socket_limits_ptr = std::shared_ptr<const socket_limits>;

/// Counted for a whole actor system; read by tests and by whoever looks for the reason of silence.
struct socket_counters {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> most_accepted{0};   ///< Connections that one port has kept at a time.
  std::atomic<std::uint64_t> turned_away{0};     ///< For want of room.
  std::atomic<std::uint64_t> broken_packets{0};  ///< Connections cut because of what they sent.
  std::atomic<std::uint64_t> dropped_packets{0}; ///< Well-formed, but not for anybody here.
  std::atomic<std::uint64_t> handshake_timeouts{0};
  std::atomic<std::uint64_t> idle_timeouts{0};
  std::atomic<std::uint64_t> overflows{0}; ///< Connections cut because the peer did not read.
  std::atomic<std::uint64_t> open{0};      ///< Now.
  std::atomic<std::uint64_t> proved{0};    ///< Connections whose peer has proved itself.
  std::atomic<std::uint64_t> unproved{0};  ///< Connections cut because the peer has not, or because of an altered byte.
  std::atomic<std::uint64_t> throttled{0}; ///< Connections closed at once, because their address has begun too many.
};

} // namespace kommander::net
