/// The simulated network: every message has its own fate.
#pragma once

#include <vector>

#include "kommander/raft_message.hpp"
#include "tests/sim/dose.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/random.hpp"

namespace kommander::sim {

class sim_network {
public:
  sim_network(const plan& plan, dose& counts);

  /// Takes `message`, which is lost, delayed or doubled as the plan says. Nothing is delivered in the same tick.
  void send(raft_message message, std::uint64_t tick);

  /// What arrives at `tick`, in order. To be called once for each tick.
  std::vector<raft_message> arrivals(std::uint64_t tick);

  /// Chooses cuts, clogs and stale messages of this tick.
  void disturb(std::uint64_t tick);

  // -- links ----------------------------------------------------------------------------------------------------------

  /// Nothing that leaves `from` for `to` before `until` arrives.
  void cut(node_id from, node_id to, std::uint64_t until);

  /// True if what leaves `from` for `to` now does not arrive.
  [[nodiscard]] bool is_cut(node_id from, node_id to, std::uint64_t tick);

  /// What is under way, and what is remembered of earlier messages, is gone.
  void forget();

  /// From now on every message arrives, once and in the next tick; what is under way still arrives, and cuts end.
  void heal();

private:
  struct link {
    std::uint64_t cut_until = 0;
    std::uint64_t clogged_until = 0;
  };

  link& link_of(node_id from, node_id to) {
    return links_[(from.value() - 1) * plan_.nodes + to.value() - 1];
  }

  void put(raft_message message, std::uint64_t tick, std::uint64_t due);
  std::uint64_t delay();
  void keep_for_later(const raft_message& message);
  void cut_groups(std::uint64_t tick);
  void cut_one_way(std::uint64_t tick);

  const plan& plan_;
  dose& dose_;
  random_source random_;
  bool healed_ = false;
  std::vector<link> links_;
  std::vector<std::vector<raft_message>> ring_; ///< Messages by the tick in which they arrive.
  std::vector<raft_message> old_;               ///< A sample of all messages so far.
};

} // namespace kommander::sim
