/// What our sockets need once in an actor system, as a module of CAF.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/config.hpp"
#include "net/log.hpp"
#include "net/middleman/socket_limits.hpp"

namespace kommander::net {

class scribe;

/// Connections of an actor system whose broker they are attached to. Only for the middleman's thread.
class connection_table {
public:
  void add(scribe* x);
  void remove(scribe* x);

  /// False if another connection to `peer` than `asking` was heard of so lately that a second one must be somebody else
  /// who claims its name.
  [[nodiscard]] bool may_introduce(const caf::node_id& peer, const scribe* asking) const;

  /// Cuts all connections to `peer` but the youngest (`all`: that one too).
  void cut(const caf::node_id& peer, bool all);

private:
  std::vector<scribe*> entries_;
};

/// Shared with the sockets, some of which live a little longer than their actor system.
struct network_state {
  socket_counters counters;
  connection_table connections;
  log_limiter complaints;           ///< Of lines about peers that prove nothing. Only for the middleman's thread.
  std::atomic<bool> stopped{false}; ///< The actor system ends: its middleman must not be asked for anything.
};

using network_state_ptr = std::shared_ptr<network_state>;

/// The state of `system`, or null if its configuration was not prepared by `setup_network`.
network_state_ptr state_of(caf::actor_system& system);

/// A node id that no other actor system has: made of the name (all random without one) and a random number. CAF's own
/// is made of addresses and the process number, which containers share.
caf::node_id make_unique_node_id(const std::string& name);

} // namespace kommander::net

/// CAF 0.17 declares this class a friend of its actor system and leaves it undefined. It is how a node id can be set.
namespace caf::net {

class middleman final : public actor_system::module {
public:
  middleman(actor_system& system, const kommander::raft_config* raft);

  void start() override;
  void stop() override;
  void init(actor_system_config& config) override;
  id_t id() const override;
  void* subtype_ptr() override;

  /// The module of `system`, if it has one of ours.
  static middleman* of(actor_system& system);

  kommander::net::network_state_ptr state = std::make_shared<kommander::net::network_state>();

private:
  actor_system& system_;
  const kommander::raft_config* raft_;
};

} // namespace caf::net
