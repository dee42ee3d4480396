/// Which actor serves which partition of a node: read by the transport's threads, without a detour
/// through the node's actor. A table never changes; the node puts a new one in its place.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "actors/coordinator/node_calls.hpp"
#include "actors/partition/partition_actor.hpp"
#include "actors/swim/heard_gossip.hpp"

namespace kommander {

/// The partitions that run here.
using partition_table = std::map<partition_id, partition_actor>;

/// Messages of one peer for partitions that do not run here, of those that want an answer nevertheless.
struct absent_messages {
  std::vector<raft_message> messages;
};

using absence_receiver = cafx::typed<void(absent_messages)>;

/// All functions may be called from any thread at any time.
class partition_routes {
public:
  partition_routes() : table_{std::make_shared<const partition_table>()} {
    // nop
  }

  void set(partition_table table) {
    table_.store(std::make_shared<const partition_table>(std::move(table)));
  }

  [[nodiscard]] std::shared_ptr<const partition_table> get() const {
    return table_.load();
  }

  /// Invalid if the partition does not run here.
  [[nodiscard]] partition_actor find(partition_id id) const;

  /// Who gets what other nodes ask; with an invalid handle, that is dropped.
  void set_calls_receiver(node_calls_receiver x) {
    calls_receiver_.store(std::make_shared<const node_calls_receiver>(std::move(x)));
  }

  /// Who gets what the failure detectors of other nodes tell; with an invalid handle, that is dropped.
  void set_gossip_receiver(gossip_receiver x) {
    gossip_receiver_.store(std::make_shared<const gossip_receiver>(std::move(x)));
  }

  /// Who answers for partitions that do not run here; null: nobody.
  void set_absence_receiver(caf::weak_actor_ptr x) {
    absence_receiver_.store(std::make_shared<const caf::weak_actor_ptr>(std::move(x)));
  }

  /// Hands messages of one peer to their partitions, in order. Those for partitions that do not run here are dropped, but for
  /// the questions of fenced replicas, which go to the receiver for absent partitions. What nodes ask each other goes to the
  /// receiver of calls, and what their failure detectors tell to the receiver of gossip.
  void deliver(std::vector<raft_message>&& messages) const;

private:
  void pass_on_gossip(std::vector<raft_message>& messages) const;
  void pass_on_calls(std::vector<raft_message>& messages) const;
  void pass_on(const partition_table& table, partition_id partition, std::vector<raft_message>&& messages) const;
  void pass_on_absent(std::vector<raft_message>&& messages) const;

  std::atomic<std::shared_ptr<const partition_table>> table_;
  std::atomic<std::shared_ptr<const node_calls_receiver>> calls_receiver_; ///< Null: there is none.
  std::atomic<std::shared_ptr<const gossip_receiver>> gossip_receiver_;    ///< The same.
  std::atomic<std::shared_ptr<const caf::weak_actor_ptr>> absence_receiver_;
};

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::absent_messages)
