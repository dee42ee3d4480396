/// Decides what of CAF's wire protocol (BASP) reaches CAF. The stock broker trusts its peers: one packet of 32 bytes
/// can end its process. Here each packet is checked before the broker sees it. No socket, no thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <caf/node_id.hpp>

#include "net/middleman/socket_limits.hpp"

namespace kommander::net {

/// Bytes of a packet's header on the wire.
inline constexpr std::size_t packet_header_bytes = 32;

/// Bytes of a node id on the wire.
inline constexpr std::size_t node_id_bytes = 32;

/// Most bytes of the packets by which two nodes introduce themselves and watch each other's actors.
inline constexpr std::size_t introduction_bytes_max = 8192;

enum class packet_verdict : std::uint8_t {
  pass, ///< Hand it to the broker.
  drop, ///< Forget it; the connection stays.
  cut,  ///< Close the connection.
};

/// The checks for one connection, which remember how far its handshake is.
class packet_filter {
public:
  /// Asked when the peer has said who it is. False: it stays unknown.
  using peer_check = std::function<bool(const caf::node_id&)>;

  packet_filter(caf::actor_system& system, socket_limits_ptr limits, bool accepted, peer_check accept_peer);

  /// Looks at a header. False: cut. Otherwise as many bytes as `payload_bytes` says must follow.
  bool take_header(std::span<const char, packet_header_bytes> header);

  [[nodiscard]] std::size_t payload_bytes() const noexcept {
    return payload_bytes_;
  }

  /// Looks at the payload that belongs to the last header (empty if it has none) and may shorten it.
  packet_verdict take_payload(std::vector<char>& payload);

  /// Who the peer is; none until the handshake is over.
  [[nodiscard]] const caf::node_id& peer() const noexcept {
    return peer_;
  }

private:
  bool header_is_sound();
  caf::node_id read_node(std::span<const char>& from) const;
  packet_verdict check_handshake(std::span<const char> payload);
  packet_verdict check_watch(std::vector<char>& payload);
  packet_verdict check_message(std::vector<char>& payload);
  [[nodiscard]] bool is_offered() const;
  void cut_error_context(std::vector<char>& payload, std::size_t error_offset) const;

  caf::actor_system& system_;
  socket_limits_ptr limits_;
  bool accepted_;
  peer_check accept_peer_;
  caf::node_id peer_;
  unsigned handshakes_ = 0;
  std::vector<char> empty_message_; ///< How CAF writes a message without content.

  // -- the last header --------------------------------------------------------------------------------------------

  std::uint8_t operation_ = 0;
  std::uint8_t flags_ = 0;
  std::size_t payload_bytes_ = 0;
  std::uint64_t operation_data_ = 0;
  std::uint64_t destination_ = 0;
};

} // namespace kommander::net
