/// What groups need to sleep in a simulation: times in which no client asks for anything, and a failure detector for each
/// node, which suspects what has been dead or out of reach for a while, and now and then what is well. Also watches that
/// nobody oversleeps.
#pragma once

#include <memory>
#include <vector>

#include "tests/sim/node.hpp"

namespace kommander::sim {

class sleep_watch {
public:
  sleep_watch(node_context context, const std::vector<std::unique_ptr<sim_node>>& nodes);

  /// The longest time until a node that is dead is suspected by all, in ticks.
  static std::uint64_t patience_max(const plan& settings) {
    return 6 * settings.suspect_after;
  }

  /// True if all clients are silent in this tick. To be called once for each.
  bool clients_are_silent(std::uint64_t tick);

  /// Tells each node whom it suspects now. `reach` says whether two nodes can talk to each other.
  template <class Reach>
  void observe(std::uint64_t tick, Reach reach) {
    if (!context_.settings.core.quiescence)
      return;
    for (const auto& a : nodes_) {
      a->trust_all();
      for (const auto& b : nodes_)
        if (a != b)
          observe_pair(*a, *b, tick, a->is_running(tick) && !(b->is_running(tick) && reach(a->id(), b->id())));
    }
  }

  /// The same, where nodes have real failure detectors.
  void ask_detectors();

  /// One node suspects another one that is well.
  void suspect_wrongly();

  /// Where several nodes believe to lead, clients ask each of them for what it knows.
  void ask_rivals();

  /// To be called once a tick when the faults have stopped, with the nodes that survive: throws if one of them sleeps on
  /// although its leader, which survives too, has been awake for long.
  template <class Survives>
  void check_nobody_oversleeps(Survives survives) {
    for (const auto& node : nodes_)
      for (auto p = context_.settings.first_partition(); p <= context_.settings.partitions; ++p) {
        const auto* core = node->core(partition_id{p});
        auto follows = core != nullptr && core->leader_id() && survives(core->leader_id());
        check_replica(*node, partition_id{p}, follows && survives(node->id()));
      }
  }

private:
  /// What one node knows of another one.
  struct contact {
    std::uint64_t lost_since = 0; ///< Zero: it is in touch.
    std::uint64_t patience = 0;
    std::uint64_t life = 0; ///< In which of its lives it was in touch last; zero: it never was.
  };

  std::uint64_t draw_patience(node_id observer);
  void observe_pair(sim_node& a, const sim_node& b, std::uint64_t tick, bool lost);
  void check_replica(const sim_node& node, partition_id partition, bool both_survive);

  node_context context_;
  const std::vector<std::unique_ptr<sim_node>>& nodes_;
  random_source random_;
  std::uint64_t silent_until_ = 0;
  std::vector<contact> contacts_;        ///< By observer and observed node.
  std::vector<std::uint64_t> overslept_; ///< By node and partition, in ticks.
};

} // namespace kommander::sim
