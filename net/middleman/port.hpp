/// Opening ports and dialing through our own sockets, with CAF's broker behind them.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "kommander/caf_compat.hpp"
#include "kommander/result.hpp"
#include "kommander/types.hpp"
#include "net/middleman/doorman.hpp"

namespace kommander::net {

/// What is needed of an actor system's middleman.
struct network_access {
  caf::io::network::default_multiplexer* loop = nullptr;
  network_state_ptr state;
  caf::actor broker;
};

/// An error says what the configuration of `system` lacks.
result<network_access> access_network(caf::actor_system& system);

/// An actor that others reach at a port. Closed by `close`, or when it is destroyed.
class open_port {
public:
  /// Listens at `where`. `interface` is what CAF tells those who connect about the messages that `whom` takes.
  static result<std::shared_ptr<open_port>> open(caf::actor_system& system, const endpoint& where,
                                                 const caf::strong_actor_ptr& whom, std::set<std::string> interface,
                                                 const socket_limits& limits);

  ~open_port();
  open_port(const open_port&) = delete;
  open_port& operator=(const open_port&) = delete;

  /// With the port that was taken.
  [[nodiscard]] const endpoint& where() const noexcept {
    return where_;
  }

  /// Frees the port before it returns; connections end soon after. Does not block. From any thread.
  void close();

private:
  open_port(network_access access, doorman_handle door, endpoint where, caf::actor_addr whom, caf::actor keeper);

  network_access access_;
  doorman_handle door_;
  endpoint where_;
  caf::actor_addr whom_;
  caf::actor keeper_; ///< Sends the doorman round once a second.
};

/// Why the broker could not connect, for people.
std::string reason_of(caf::actor_system& system, const caf::error& why);

/// Begins to connect to `expected`; zero: to anybody there. The broker gets the result with `connect_atom`, see
/// `peer_link_actor`.
result<scribe_handle> dial(const network_access& access, const endpoint& where, socket_limits_ptr limits,
                           node_id expected = {});

} // namespace kommander::net
