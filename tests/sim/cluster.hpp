/// A whole run: a cluster under faults for the safety phase, then the faults stop for a majority that chance picks, and
/// that majority has to come to life again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/sim/checker/checker.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/elastic/clients.hpp"
#include "tests/sim/losses.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/node.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/sleep.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

struct run_result {
  std::string violation;  ///< Empty: none.
  std::uint64_t tick = 0; ///< When it was found, or the run ended.
  dose counts;

  [[nodiscard]] bool ok() const noexcept {
    return violation.empty();
  }
};

/// Runs `settings` from beginning to end. The same plan gives the same run and the same trace, byte for byte.
run_result run_plan(const plan& settings, tracer trace = {});

class sim_cluster {
public:
  sim_cluster(const plan& settings, tracer trace);

  /// Throws a violation.
  void run();

  [[nodiscard]] std::uint64_t tick() const noexcept {
    return tick_;
  }

  [[nodiscard]] const dose& counts() const noexcept {
    return dose_;
  }

private:
  void step();
  void ask();
  void ask_reads();
  void ask_one(partition_id partition, request_kind kind = request_kind::proposal);
  void burst();
  void look_around();
  void change_members();
  [[nodiscard]] bool all_can_proceed() const;
  void heal();
  void begin_peace();
  [[nodiscard]] bool can_win(const sim_node& node, partition_id partition) const;
  bool leaves_lost_groups_out();
  void give_up(const std::string& what);
  void revive();

  [[nodiscard]] bool survives(node_id x) const {
    return survives_[x.value()];
  }

  [[nodiscard]] const raft_core* ready_leader(partition_id partition) const;
  [[nodiscard]] std::string leaderless() const;
  [[nodiscard]] bool all_lead() const;
  [[nodiscard]] bool all_know_their_leader() const;
  [[nodiscard]] std::string inequality() const;
  [[nodiscard]] std::string inequality_of(partition_id partition) const;
  [[nodiscard]] bool all_written();
  [[nodiscard]] std::uint64_t work_done() const;

  // -- cluster_elastic.cpp --------------------------------------------------------------------------------------------
  [[nodiscard]] cluster_view view();
  [[nodiscard]] node_id believed_leader(partition_id partition);
  [[nodiscard]] std::optional<key_holder> holder(key_id key) const;
  [[nodiscard]] bool operations_rest() const;

  /// True if the partition is one that is to have a leader now.
  [[nodiscard]] bool is_kept(partition_id partition) const;
  partition_id any_partition();

  // -- cluster_rosters.cpp --------------------------------------------------------------------------------------------
  void watch_rosters();
  void change_rosters();
  void choose_survivors();
  [[nodiscard]] bool can_do_without(node_id x) const;
  [[nodiscard]] std::uint64_t progress();
  [[nodiscard]] std::string unrest() const;
  [[nodiscard]] std::string describe_rosters() const;
  [[nodiscard]] bool is_excused(node_id id, partition_id partition) const;
  [[nodiscard]] bool a_fence_waits() const;
  [[nodiscard]] std::string unrest_of(const partition_info& x) const;

  const plan settings_;
  tracer trace_;
  dose dose_;
  random_source random_;
  std::uint64_t tick_ = 0;
  sim_network network_;
  request_book book_;
  checker checker_;
  elastic_facts elastic_facts_;
  roster_facts roster_facts_;
  elastic_clients elastic_clients_;
  std::vector<std::unique_ptr<sim_node>> nodes_; ///< From node 1.
  data_losses losses_;
  sleep_watch sleep_;
  std::vector<bool> survives_; ///< By node, from 1; once the faults have stopped.
  bool healed_ = false;
  std::uint64_t healed_at_ = 0;
  bool outsiders_talk_ = true;         ///< Those that do not survive still have turns.
  std::vector<bool> lost_groups_;      ///< By partition: nobody can be elected there any more.
  std::size_t fresh_from_ = 0;         ///< The first request of the second phase.
  std::vector<std::uint64_t> reached_; ///< By replica: how far it ever was in the second phase.
};

} // namespace kommander::sim
