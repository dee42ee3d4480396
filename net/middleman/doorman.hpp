/// A listening port in front of CAF's broker.
#pragma once

#include <vector>

#include "kommander/caf_compat.hpp"
#include "net/middleman/scribe.hpp"

#include <caf/io/network/acceptor_impl.hpp>

namespace kommander::net {

/// Accepts connections. Those whose address has begun too many are closed here, before anything is made for them, many in
/// one turn of the event loop. It does not spin when the process has no descriptors left: then it takes the next one with a
/// descriptor held back for that, and closes it.
class accept_policy {
public:
  /// Closed in one turn of the event loop; more wait in the kernel, so that they hold up nobody who is connected.
  static constexpr int closed_at_once_max = 64;

  /// `gate` may be null: everybody is let in.
  accept_policy(network_state_ptr state, std::shared_ptr<handshake_gate> gate);
  ~accept_policy();
  accept_policy(const accept_policy&) = delete;
  accept_policy& operator=(const accept_policy&) = delete;

  bool try_accept(caf::io::network::native_socket& accepted, caf::io::network::native_socket listening);

private:
  void take_without_descriptor(caf::io::network::native_socket listening);

  network_state_ptr state_;
  std::shared_ptr<handshake_gate> gate_;
  int reserve_;
};

/// What the broker knows as a port. All functions are called by the middleman's thread except the constructor and
/// those that say so.
class doorman final : public caf::io::doorman {
public:
  doorman(caf::io::network::default_multiplexer& loop, network_state_ptr state, caf::io::network::native_socket socket,
          socket_limits_ptr limits);

  bool new_connection() override;
  void launch() override;
  void graceful_shutdown() override;
  void remove_from_loop() override;
  void add_to_loop() override;
  std::string addr() const override;
  std::uint16_t port() const override;

  /// Cuts connections that are too slow or silent, and forgets those that have ended.
  void sweep();

  /// Stops listening, and cuts all connections that were accepted here. From any thread. The broker must be told, too.
  void close();

private:
  void make_room();
  void sweep_often();

  caf::io::network::default_multiplexer& loop_;
  network_state_ptr state_;
  socket_limits_ptr limits_;
  std::shared_ptr<handshake_gate> gate_; ///< Null: there is nothing to prove.
  caf::io::network::acceptor_impl<accept_policy> acceptor_;
  std::vector<scribe_handle> accepted_; ///< In the order of their age.
  std::chrono::steady_clock::time_point swept_{};
  bool closed_ = false;
};

using doorman_handle = caf::intrusive_ptr<doorman>;

} // namespace kommander::net
