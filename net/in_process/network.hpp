/// The network that in-process transports share: who is there, what is cut, and the faults.
#pragma once

#include <map>
#include <mutex>
#include <set>

#include "kommander/testing/in_process_network.hpp"
#include "kommander/transport.hpp"

namespace kommander::net {

/// Thread-safe. Iterates over ordered containers only, so that a seed decides everything on a deterministic scheduler.
class in_process_network_impl final : public in_process_network {
public:
  in_process_network_impl(std::uint64_t seed, bool encode);

  // -- for tests --------------------------------------------------------------------------------------------------

  void set_faults(const network_faults& faults) override;
  void cut(node_id from, node_id to) override;
  void isolate(node_id node) override;
  void heal() override;
  [[nodiscard]] std::uint64_t delivered() const override;
  [[nodiscard]] std::uint64_t dropped() const override;

  // -- for transports and links -----------------------------------------------------------------------------------

  /// Makes a node known. An error if its id is taken.
  result<done> enter(const node_info& node, const std::string& cluster, message_sink sink,
                     introduction_sink introduced);

  void leave(node_id node);

  /// True if a message that `from` sends now would reach `to`.
  [[nodiscard]] bool connected(node_id from, node_id to) const;

  /// How often `node` has entered.
  [[nodiscard]] std::uint64_t entries_of(node_id node) const;

  [[nodiscard]] network_faults faults() const;

  /// A seed for the choices of one more link from `from` to `to`.
  [[nodiscard]] std::uint64_t next_link_seed(node_id from, node_id to);

  [[nodiscard]] bool encodes() const noexcept {
    return encode_;
  }

  /// Hands `messages` to `to`, unless it is away or cut off: then they are counted as dropped.
  void deliver(node_id from, node_id to, std::vector<raft_message>&& messages);

  /// Tells `to` about `from`, if it can be reached.
  void introduce(node_id from, node_id to);

  /// Messages of partitions that were handed over: not what nodes and failure detectors say to each other.
  [[nodiscard]] std::uint64_t delivered_to_partitions() const;

  void count_dropped(std::uint64_t n);

private:
  struct member {
    endpoint address;
    std::string cluster;
    std::shared_ptr<const message_sink> sink;
    std::shared_ptr<const introduction_sink> introduced;
  };

  [[nodiscard]] bool connected_now(node_id from, node_id to) const;

  const std::uint64_t seed_;
  const bool encode_;
  mutable std::mutex mutex_; ///< Guards what follows.
  network_faults faults_;
  std::map<node_id, member> members_;
  std::map<node_id, std::uint64_t> entries_;
  std::set<std::pair<node_id, node_id>> cuts_;
  std::set<node_id> isolated_;
  std::map<std::pair<node_id, node_id>, std::uint64_t> links_; ///< How many were opened.
  std::uint64_t delivered_ = 0;
  std::uint64_t delivered_to_partitions_ = 0;
  std::uint64_t dropped_ = 0;
};

/// Spawns a link from `self` to `peer`.
peer_link spawn_in_process_link(caf::actor_system& system, std::shared_ptr<in_process_network_impl> network,
                                node_id self, node_id peer, std::size_t queue_bytes_max);

} // namespace kommander::net
