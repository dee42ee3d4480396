/// Three nodes whose coordinator cores change the map of model logs, while writers write, leaders change, nodes crash, and
/// messages are late, lost or come twice. After every step it is checked who would take a write for which key; in the end,
/// where every acknowledged write is. One seed decides everything.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "actors/coordinator/coordinator_core.hpp"
#include "tests/coordinator/model_partition.hpp"

namespace kommander::test {

/// What came of a run.
struct model_report {
  std::string wrong;                         ///< Empty: nothing.
  std::map<std::string, std::size_t> counts; ///< How often what has happened; to see that a test tests something.
};

class model_cluster {
public:
  explicit model_cluster(std::uint64_t seed);

  /// So many steps with faults, and then until everything has come to rest.
  model_report run(std::uint64_t steps);

private:
  static constexpr std::uint64_t nodes_max = 3;
  static constexpr std::uint32_t cells = 32; ///< Boundaries are multiples of a cell.
  static constexpr std::uint32_t cell_size = 1u << 26;

  struct node {
    std::unique_ptr<coordinator_core> core; ///< Null: it is down.
    std::uint64_t life = 0;
    std::size_t view = 0;        ///< How many maps it has seen.
    std::uint64_t news_from = 0; ///< Before that step nothing more about leadership comes: news come in their order.
  };

  // -- time and messages --------------------------------------------------------------------------------------------

  void at(std::uint64_t step, std::function<void()> what);
  void later(const std::function<void()>& what); ///< After the time that a message takes; perhaps never, or twice.
  std::uint64_t draw_delay();
  void step();
  void run_events();

  // -- nodes --------------------------------------------------------------------------------------------------------

  node& of(node_id id) {
    return nodes_[id.value() - 1];
  }

  node_id any_node();
  void start(node& x);
  void crash(node_id id);
  void tell_leadership();
  void tell(node_id id, std::optional<raft_term> term);
  void step_node(node_id id);
  void send(node_id from, const coordinator_request& x);
  void arrive(node_id from, std::uint64_t life, const coordinator_request& x);
  template <class Answer>
  void answer(node_id to, std::uint64_t life, std::uint64_t number, const Answer& x);

  // -- logs ---------------------------------------------------------------------------------------------------------

  model_log* find(partition_id id);
  void step_logs();
  void map_changed(const partition_map& map);
  void operation_changed(const partition_map& map, const operation_info& x);

  // -- users --------------------------------------------------------------------------------------------------------

  void step_users();
  void write();
  void write_arrives(write_id id, partition_id where, std::uint32_t place, generation expected);
  std::optional<map_command> draw_command();
  std::optional<map_command> draw_begin(const partition_map& map);
  void change_map();

  // -- checks -------------------------------------------------------------------------------------------------------

  void check();
  void check_place(const partition_map& map, std::uint32_t place);
  void check_end();
  void fail(const std::string& why);

  random_source random_;
  std::uint64_t now_ = 0;
  bool faulty_ = true;
  double loss_ = 0, doubling_ = 0, lateness_ = 0, unrest_ = 0;
  std::uint64_t delay_max_ = 0;
  coordinator_options options_;
  std::multimap<std::uint64_t, std::function<void()>> events_;
  std::array<node, nodes_max> nodes_;
  model_map system_;
  node_id told_leader_;
  raft_term told_term_;
  std::map<partition_id, std::unique_ptr<model_partition>> partitions_;
  std::set<operation_id> committed_, ended_;
  write_id last_write_ = 0;
  std::set<write_id> acknowledged_, removed_;
  model_report report_;
};

} // namespace kommander::test
