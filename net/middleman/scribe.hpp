/// A TCP connection to CAF's broker that checks everything before the broker sees it.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "net/channel/channel.hpp"
#include "net/middleman/handshake_gate.hpp"
#include "net/middleman/packet_filter.hpp"
#include "net/middleman/socket_limits.hpp"

#include <caf/io/all.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>

namespace kommander::net {

struct network_state;
using network_state_ptr = std::shared_ptr<network_state>;

/// To be called in a later turn of the loop than the one in which `x` was taken out. CAF tells a handler that it has left
/// only for what the loop was waiting for: a wish to write, or a new port, that is withdrawn in the turn in which it came
/// is forgotten in silence, and the handler would hold itself, its buffers and its socket for ever.
void let_go(caf::io::network::event_handler& x);

/// The socket and its buffers. Differs from CAF's in that it can be taken out of the event loop at any time, and in
/// that it gives large buffers back.
class socket_stream final : public caf::io::network::stream {
public:
  using stream::stream;

  void handle_event(caf::io::network::operation op) override;

  /// Leaves the event loop; data that waits is lost.
  void abandon();

  /// Sends at once what the kernel takes, which saves two rounds through the event loop for nearly every message, and
  /// leaves the rest to the event loop.
  void send_now(const manager_ptr& manager);

  /// Bytes that wait behind what the event loop is sending.
  [[nodiscard]] std::size_t waiting_bytes() {
    return wr_buf().size();
  }
};

/// Whose connection it is.
struct connection_origin {
  bool accepted = false;
  node_id expected;                     ///< The node that is dialed; zero: any.
  std::string address;                  ///< The other end's.
  std::shared_ptr<handshake_gate> gate; ///< Told when the peer has proved itself. May be null.
};

/// What the broker knows as a connection. All functions are called by the middleman's thread except the constructor
/// and those that say so.
///
/// With a channel what comes from the socket goes through it before it is taken for packets, and what the broker says
/// goes through it to the socket, once it is open; until then that is held back. Without one nothing is between.
class scribe final : public caf::io::scribe {
public:
  scribe(caf::io::network::default_multiplexer& loop, network_state_ptr state, caf::io::network::native_socket socket,
         socket_limits_ptr limits, connection_origin origin);

  ~scribe() override;

  // -- what the broker calls --------------------------------------------------------------------------------------

  void configure_read(caf::io::receive_policy::config policy) override;
  void ack_writes(bool enable) override;
  std::vector<char>& wr_buf() override;
  std::vector<char>& rd_buf() override;
  void flush() override;

  // -- what the event loop calls ----------------------------------------------------------------------------------

  bool consume(caf::execution_unit* context, const void* data, std::size_t n) override;
  void graceful_shutdown() override;
  void remove_from_loop() override;
  void add_to_loop() override;
  std::string addr() const override;
  std::uint16_t port() const override;

  // -- for us -----------------------------------------------------------------------------------------------------

  /// Closes the connection and forgets what has not been sent. From any thread, also before the broker has it.
  void cut();

  /// Cuts the connection if it is too slow to introduce itself or has been silent for too long.
  void check_time();

  [[nodiscard]] const caf::node_id& peer() const noexcept {
    return filter_.peer();
  }

  /// True if the peer has introduced itself and was heard of lately.
  [[nodiscard]] bool is_lively() const;

  [[nodiscard]] bool is_cut() const noexcept {
    return cut_;
  }

  [[nodiscard]] std::chrono::steady_clock::time_point born() const noexcept {
    return born_;
  }

private:
  using clock = std::chrono::steady_clock;

  bool take_header(caf::execution_unit* context, const char* data, std::size_t n);
  bool take_payload(caf::execution_unit* context, std::vector<char>& payload);
  void await_bytes(std::size_t n);
  bool hand_to_broker(caf::execution_unit* context);
  bool reject();
  void close_now();

  // -- with a channel -----------------------------------------------------------------------------------------------

  bool open_channel();
  bool take_wire(caf::execution_unit* context, std::span<const char> wire);
  bool take_plain(caf::execution_unit* context, std::span<const char> plain);
  bool note_proof(std::size_t wire_bytes);
  bool protect_said();
  bool distrust(const std::string& why);

  caf::io::network::default_multiplexer& loop_;
  network_state_ptr state_;
  socket_limits_ptr limits_;
  socket_stream stream_;
  packet_filter filter_;
  std::vector<char> header_;  ///< Of the packet that is being read.
  std::vector<char> staging_; ///< What the base class hands to the broker.
  connection_origin origin_;
  channel_ptr channel_;            ///< Null: nothing protects the connection.
  channel_bytes said_;             ///< By the broker, and not yet protected.
  channel_bytes plain_;            ///< What the channel lets through; empty between two calls.
  std::vector<char> packet_;       ///< The part of a packet that has come through the channel.
  std::size_t unproved_bytes_ = 0; ///< That came before the channel was open.
  bool launched_ = false;
  bool expects_payload_ = false;
  std::atomic<bool> cut_{false};
  clock::time_point born_ = clock::now();
  clock::time_point heard_ = born_;
};

using scribe_handle = caf::intrusive_ptr<scribe>;

} // namespace kommander::net
