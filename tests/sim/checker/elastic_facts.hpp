/// What must be true of the partition map, of who owns which keys, and of keys that move; derived from the committed
/// entries of all partitions, each looked at when the first replica applies it:
///
///  - S11: at every version of the map each place has one owner, but for holes that a removal said it leaves; at most one
///    partition serves it as the logs say, and exactly one where no operation goes on;
///  - S12: no entry stands in a log that does not own its key there, or that has another generation than it names;
///  - steps come in order: nothing is copied that is not fenced, nothing is activated or released before the point of no
///    return, nothing is unfenced after it;
///  - an operation of a client has one effect at most, in one partition, whatever moves meanwhile; sessions go with keys;
///  - who has a key, has what was last put there;
///  - replicas are equal at equal indexes, in the library's state and in the application's;
///  - what clients were told is linearizable for each key, across moves;
///  - a removed partition that has left a disk never begins anew there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/partition/replicated_state.hpp"
#include "tests/coordinator/map_checker.hpp"
#include "tests/sim/checker/owner_facts.hpp"
#include "tests/sim/dose.hpp"
#include "tests/sim/elastic/machine.hpp"

namespace kommander::sim {

/// What became of a client's operation where it was applied.
struct applied_operation {
  partition_id partition;
  log_index index;
  hlc_timestamp ticket;
  partition_id lineage;
  linearizability::register_value found = 0; ///< What stood there before.
  bool put = false;
};

class elastic_facts {
public:
  elastic_facts(dose& counts, std::uint64_t partitions_max);

  // -- what happens; each call may throw a violation ----------------------------------------------------------------

  /// A replica has committed `x` in its library state, which is `after` now.
  void committed(partition_id partition, const entry& x, const replicated_state& after);

  /// A replica has taken over this library state.
  void installed(partition_id partition, const replicated_state& state);

  /// A replica's machine is about to apply `x`.
  void applies(partition_id partition, const entry& x, const key_request& what, const keyed_machine& machine);

  /// It has applied the entry at `index`.
  void applied(partition_id partition, log_index index, const keyed_machine& machine);

  /// A node begins to run the partition, or has dropped its log.
  void starts(node_id node, partition_id partition) const;
  void drops(node_id node, partition_id partition);

  /// The disk of `node` has forgotten what was there.
  void wiped(node_id node);

  /// Nothing goes on any more.
  void check_rest() const;

  // -- what is known ------------------------------------------------------------------------------------------------

  /// Called with each version that is committed, after the one before.
  using map_watch = std::function<void(const partition_map& before, const partition_map& next)>;

  void watch(map_watch x) {
    watch_ = std::move(x);
  }

  /// The newest version that is committed; version zero: none.
  [[nodiscard]] const std::shared_ptr<const partition_map>& map() const noexcept {
    return map_;
  }

  /// True if `operation` has ended in the log of `partition`: what came with it is owned there.
  [[nodiscard]] bool is_over(partition_id partition, operation_id operation) const {
    auto owner = owners_.find(partition);
    return !operation || (owner != owners_.end() && owner->second.over() >= operation);
  }

  /// Null: it was not applied anywhere, as far as is known.
  [[nodiscard]] const applied_operation* find(std::uint64_t operation) const;

  /// What stands under `key` where it was applied last; null: nobody ever had it.
  [[nodiscard]] const key_cell* cell(key_id key) const;

  [[nodiscard]] const key_cells& cells() const noexcept {
    return cells_;
  }

private:
  void check_equal(std::vector<std::uint64_t>& known, partition_id partition, log_index index, const std::string& state,
                   const char* what) const;
  void follow_map(const partition_map& next);
  void count(const operation_info& x);
  void follow_owner(partition_id partition, log_index index, const ownership_change& x);
  void check_step(partition_id partition, const ownership_change& x) const;
  void check_write(partition_id partition, const entry& x) const;
  void check_places() const;
  void check_place(std::uint32_t place) const;

  dose& dose_;
  std::vector<log_index> seen_;                    ///< By partition: entries that were looked at …
  std::vector<log_index> done_;                    ///< … and those that a machine has applied.
  std::vector<std::vector<std::uint64_t>> states_; ///< By partition and index.
  std::vector<std::vector<std::uint64_t>> machines_;
  std::shared_ptr<const partition_map> map_ = std::make_shared<const partition_map>();
  test::map_checker map_checker_;
  std::map<partition_id, owner_facts> owners_;
  std::set<operation_id> ended_;
  key_cells cells_;
  std::map<std::uint64_t, applied_operation> operations_;
  std::set<std::pair<node_id, partition_id>> dropped_;
  map_watch watch_;
};

} // namespace kommander::sim
