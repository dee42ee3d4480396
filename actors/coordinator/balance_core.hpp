/// Spreads leaders over the voters, on the node that leads partition 0, while nothing else goes on. Pure.
///
/// It is advice from beginning to end, and keeps nothing that matters. A round asks every voter what it leads, plans (see
/// balance_planner.hpp) and asks the leaders of some groups to let another voter lead; they know better, and may refuse. A
/// round that cannot be completed is dropped, and the next one begins anew. Rounds follow each other after `interval`, and
/// there are none unless the cluster has been *calm* for as long: the same roster, of voters only, all of them alive, and
/// no operation.
///
/// What moves rests for `cooldown` whatever has become of it, so nothing goes to and fro. A node that did not take over what
/// it was to lead is left alone for as long, and longer each time in a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "actors/coordinator/balance_planner.hpp"
#include "actors/coordinator/node_request.hpp"
#include "actors/swim/liveness.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

struct balancer_options {
  node_id self = {}; ///< Is always alive.
  bool enabled = true;
  instant interval = std::chrono::seconds{10};
  instant cooldown = std::chrono::seconds{60};
  std::size_t transfers_max = 2; ///< At a time.
  balance_options plan = {};
};

/// A question of what `of` leads, or a `handover_request` to whoever leads the partition.
struct balance_request {
  std::uint64_t number = 0; ///< Ascends; comes back with the answer.
  node_id of;
  node_request what;

  friend bool operator==(const balance_request&, const balance_request&) = default;
};

/// For logs and tests.
struct balance_counters {
  std::uint64_t rounds = 0; ///< That had all answers.
  std::uint64_t dropped_rounds = 0;
  std::uint64_t planned = 0;
  std::uint64_t moved = 0;
  std::uint64_t refused = 0;
};

/// Each request must be answered, in bounded time.
class balance_core {
public:
  explicit balance_core(const balancer_options& options);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// This node has applied a version of the map. An older one than before is ignored.
  void map(std::shared_ptr<const partition_map> x);

  /// This node leads partition 0 and is ready, in this term; or it does not.
  void leads(std::optional<raft_term> term);

  /// Who is alive, as this node believes.
  void believes(liveness_view_ptr x);

  /// Answers to requests whose number is unknown change nothing.
  void answered(std::uint64_t number, const load_report& x);
  void answered(std::uint64_t number, const control_result& x);

  /// Time goes on. `now` never falls; to be told before what happens after a pause, and when `due` has come.
  void tick(instant now);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// In the order in which they were decided.
  std::vector<balance_request> take_requests();

  /// When time matters next; nothing: it does not before something happens.
  [[nodiscard]] std::optional<instant> due() const noexcept;

  [[nodiscard]] const balance_counters& counters() const noexcept {
    return counters_;
  }

private:
  /// Why a node should not get more to lead.
  struct mistrust {
    unsigned failures = 0; ///< In a row.
    instant until{0};
  };

  [[nodiscard]] bool drives() const noexcept;
  [[nodiscard]] bool is_calm() const;
  void look();
  void forget();
  void end_round();
  void begin_round();
  void plan();
  void pump();
  void failed(const leader_move& x, status code);
  [[nodiscard]] bool is_trusted(node_id id) const;

  balancer_options options_;
  std::shared_ptr<const partition_map> map_;
  liveness_view_ptr view_;
  std::optional<raft_term> term_;
  instant now_{0};
  std::uint64_t last_number_ = 0;

  roster_version version_;            ///< That has been calm …
  std::optional<instant> calm_since_; ///< … since then.
  instant next_round_{0};
  std::map<std::uint64_t, node_id> asked_; ///< Who has not told what it leads.
  std::map<node_id, load_report> told_;
  std::vector<leader_move> moves_; ///< Planned; the next one is the last.
  std::map<std::uint64_t, leader_move> moving_;
  std::map<partition_id, instant> resting_; ///< Until when.
  std::map<node_id, mistrust> mistrusted_;
  std::vector<balance_request> out_;
  balance_counters counters_;
};

} // namespace kommander
