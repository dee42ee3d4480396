/// Clients of an elastic cluster: each writes one key in a session of its own, follows it by a map that may be old, and repeats
/// what is not answered. Others read, or write once without a session; and somebody changes the map.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "actors/coordinator/map_command.hpp"
#include "tests/sim/checker/elastic_facts.hpp"
#include "tests/sim/elastic/replica.hpp"
#include "tests/sim/plan.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/trace.hpp"

namespace kommander::sim {

/// Nothing but the generation tells what has become of keys that no place names.
struct key_holder {
  partition_id partition;
  generation current;
};

/// What clients see of the cluster.
struct cluster_view {
  /// The map as a node that chance picks has it; null: it has none.
  std::function<std::shared_ptr<const partition_map>()> some_map;
  /// A node that believes to lead the partition; zero: there is none.
  std::function<node_id(partition_id)> leader;
  /// Where a key that is not routed is now, and the generation with which it is there; nothing: nobody serves it.
  std::function<std::optional<key_holder>(key_id)> holder;
  std::function<void(node_id, const elastic_request&)> send;
};

class elastic_clients {
public:
  elastic_clients(const plan& settings, const elastic_facts& facts, dose& counts, const tracer& trace);

  void connect(cluster_view view) {
    view_ = std::move(view);
  }

  /// Asks, repeats, gives up. With `talkative`, new operations begin.
  void pass(std::uint64_t tick, bool talkative);

  /// All who have nothing to do begin at once.
  void burst(std::uint64_t tick);

  // -- answers; each may throw a violation ----------------------------------------------------------------------------

  void answered(std::uint64_t attempt, const client_answer& x);
  void map_answered(const control_result& x);

  // -- the end of a run -----------------------------------------------------------------------------------------------

  /// From now on nobody asks but for `write_everything`.
  void fall_silent();

  /// Writes, and then reads, each key that is owned, until all of it has succeeded.
  bool write_everything(std::uint64_t tick);

  /// What clients were told must be linearizable.
  void check_histories() const;

private:
  /// A client with its present operation.
  struct client {
    key_id key = 0;
    client_id session;           ///< Zero: none, and nothing is repeated.
    std::uint64_t sequence = 0;  ///< Of the last request in it.
    partition_id lineage;        ///< Of the key, when the session began; zero: not known yet.
    partition_id asked;          ///< Of the key, when the operation was first asked for.
    std::uint64_t operation = 0; ///< Zero: idle.
    std::shared_ptr<const partition_map> map;
    std::uint64_t repeat_at = 0;
    unsigned attempts = 0;
  };

  struct operation {
    key_request what;
    bool is_read = false; ///< Through a read barrier.
    bool has_session = false;
    std::size_t client = 0;
    linearizability::moment invoked = 0, answered = linearizability::never;
    const char* end = nullptr;
    partition_id lineage; ///< Of a read that succeeded, with what it found.
    linearizability::register_value found = 0;
  };

  /// A key at the end of a run.
  struct final_key {
    std::size_t client = 0;
    std::uint64_t operation = 0;
    unsigned stage = 0; ///< 0: to be written; 1: to be read; 2: done.
  };

  void begin(client& x, std::size_t number, bool writes, std::uint64_t tick);
  void send(client& x, std::uint64_t tick);
  [[nodiscard]] std::optional<key_holder> route(const client& x);
  void succeed(client& x, operation& op, const client_answer& answer);
  void give_up(client& x);
  void new_session(client& x);
  void change_map();
  [[nodiscard]] std::optional<map_command> draw_command();
  [[nodiscard]] map_command draw_roster_command(const partition_map& map);
  [[nodiscard]] std::optional<map_command> draw_begin(const partition_map& map);
  [[nodiscard]] std::optional<linearizability::operation> history_item(std::uint64_t id, const operation& x) const;
  [[nodiscard]] std::vector<key_id> owned_keys() const;

  const plan& plan_;
  const elastic_facts& facts_;
  dose& dose_;
  const tracer& trace_;
  cluster_view view_;
  random_source random_;
  std::uint64_t now_ = 0;
  std::vector<client> clients_;
  std::vector<operation> operations_{1};            ///< By number, from 1.
  std::map<std::uint64_t, std::uint64_t> attempts_; ///< Of which operation.
  std::uint64_t last_attempt_ = 0;
  std::uint64_t last_session_ = 0;
  linearizability::moment moment_ = 0;
  std::map<key_id, linearizability::register_value> last_told_;
  bool silent_ = false;
  std::map<key_id, final_key> final_;
};

} // namespace kommander::sim
