/// What the partitions of a node share about their sleep: who is awake and has to be told the time, and whom the node
/// suspects, so that nobody falls asleep relying on it.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/partition/partition_actor.hpp"
#include "actors/swim/liveness.hpp"

namespace kommander {

/// True from the moment when a partition is told the time until it has heard it.
using tick_flag = std::shared_ptr<std::atomic<bool>>;

/// Thread-safe. A partition that sleeps is not named here at all: it costs nothing as time goes on.
///
/// A partition asks to sleep and a suspicion begins under one lock: either the partition learns of the suspicion here, or
/// the node sees that it sleeps and has to be told. Partitions are held weakly, and take themselves off when they end.
class sleep_board {
public:
  /// `partition` wants to be told the time from now on. It takes `told` back with each tick that it hears.
  void wake(partition_id partition, caf::weak_actor_ptr actor, tick_flag told);

  /// `partition` needs no time any more, unless one of those whom it relies on is suspected: then it stays awake, and
  /// false is returned.
  [[nodiscard]] bool sleep(partition_id partition, const std::vector<node_id>& relies_on);

  /// `partition` has ended.
  void remove(partition_id partition);

  [[nodiscard]] bool is_awake(partition_id partition) const;
  [[nodiscard]] std::size_t awake() const;

  /// Tells the time to all that are awake, together, so that their heartbeats leave together. Who has not heard the last tick
  /// yet gets no other one: a node with more to do than it can does not wait for old ticks, nor keep them.
  void tick() const;

  /// Takes over what the failure detector says. Returns whom it puts in doubt anew: partitions that sleep and rely on
  /// one of those have to be woken.
  std::vector<node_id> believe(liveness_view_ptr view);

  [[nodiscard]] bool suspects(node_id node) const;

private:
  mutable std::mutex mutex_; ///< Guards what follows.
  struct awake_partition {
    caf::weak_actor_ptr actor;
    tick_flag told;
  };

  std::map<partition_id, awake_partition> awake_;
  liveness_view_ptr view_; ///< Null: nothing is known.
};

} // namespace kommander
