/// Nodes whose membership and placement cores bring model groups to what roster and placements say, while users let nodes join and leave, leaders
/// change, nodes crash and come back, and messages are late, lost or come twice. After every step it is checked that every
/// group has members, none that is no member of the cluster, and no voter that may have forgotten the partition; in the end,
/// that all groups are as roster and placements say. One seed decides everything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/coordinator/map_state.hpp"
#include "actors/coordinator/membership_core.hpp"
#include "actors/coordinator/placement_core.hpp"
#include "tests/coordinator/map_checker.hpp"
#include "tests/sim/random.hpp"

namespace kommander::test {

struct roster_report {
  std::string wrong;                         ///< Empty: nothing.
  std::map<std::string, std::size_t> counts; ///< How often what has happened; to see that a test tests something.
};

class model_roster {
public:
  explicit model_roster(std::uint64_t seed);

  /// So many steps with faults, and then until everything has come to rest.
  roster_report run(std::uint64_t steps);

private:
  static constexpr std::uint64_t nodes_max = 8;

  struct model_node {
    std::unique_ptr<membership_core> core; ///< Null: it is down.
    std::unique_ptr<placement_core> places;
    std::uint64_t life = 0;
    std::size_t seen = 0;        ///< Maps.
    std::uint64_t news_from = 0; ///< Before that step nothing more about leadership comes: news come in their order.
    std::map<node_id, node_liveness> beliefs;
  };

  struct config {
    std::vector<node_id> voters;
    std::vector<node_id> learners;

    bool operator==(const config&) const = default;
  };

  struct caller {
    node_id node;
    std::uint64_t life = 0;
    std::uint64_t number = 0;
    bool places = false; ///< Its placement core.
  };

  struct model_group {
    config now;
    std::optional<config> next; ///< Joint: both count.
    std::uint64_t next_from = 0;
    std::vector<caller> waiting; ///< For `next`.
    node_id leader;
    roster_version followed;
    map_version followed_placement;
    std::uint64_t created = 0; ///< At that step.
    std::map<node_id, std::uint64_t> lag;
    std::map<node_id, std::uint64_t> close_at; ///< The last step at which it was.
  };

  // -- time and messages --
  void at(std::uint64_t step, std::function<void()> what);
  void later(const std::function<void()>& what); ///< Perhaps never, or twice.
  std::uint64_t draw_delay();
  void step();

  // -- nodes --
  void start(node_id id);
  void crash(node_id id);
  void step_node(node_id id);
  void look_around(node_id id, model_node& x);
  void tell_leadership();
  void tell(node_id id, std::optional<raft_term> term);
  void send(node_id from, const membership_request& x);
  void send(node_id from, const placement_request& x);
  void show(model_node& x, std::size_t map);
  void arrive(const caller& from, const node_request& x);
  template <class Answer>
  void answer(const caller& to, const Answer& x);

  // -- logs --
  map_outcome apply(const map_command& x);
  void applied(const member_change& x);
  void applied(const map_place& x);
  void ask(const caller& from, const group_request& x);
  void step_group(partition_id id, model_group& x);
  void step_lags(model_group& x);
  void end_change(model_group& x);
  void depose(model_group& x);
  [[nodiscard]] bool is_up(node_id id) const;
  [[nodiscard]] bool has_quorum(const config& x) const;
  [[nodiscard]] bool can_work(const model_group& x) const;
  [[nodiscard]] group_report report_of(const model_group& x) const;

  void step_users();
  void draw_member_change();
  void draw_replication();
  void check();
  [[nodiscard]] bool rests() const;
  [[nodiscard]] std::string groups_as_text() const;
  void fail(const std::string& why);

  sim::random_source random_;
  std::uint64_t now_ = 0;
  bool faulty_ = true;
  double loss_ = 0, doubling_ = 0, lateness_ = 0, unrest_ = 0, crashes_ = 0;
  membership_options options_;
  placement_options placement_;
  std::multimap<std::uint64_t, std::function<void()>> events_;
  std::map<node_id, model_node> nodes_;
  map_state state_;
  map_checker checker_;
  std::uint64_t index_ = 0;
  std::vector<std::shared_ptr<const partition_map>> history_;
  std::map<partition_id, model_group> groups_;
  std::uint64_t term_ = 0;
  node_id told_leader_;
  std::uint64_t told_term_ = 0;
  roster_report report_;
};

} // namespace kommander::test
