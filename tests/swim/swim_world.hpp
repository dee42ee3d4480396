/// A cluster of failure detectors in one thread: they run the cores that the actors run, over a network with losses, delays,
/// cuts, and nodes that stop, pause and are slow. One seed decides everything.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/swim/swim_core.hpp"
#include "actors/swim/swim_random.hpp"

namespace swim_test {

using namespace kommander;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct world_options {
  std::size_t nodes = 3;
  std::uint64_t seed = 1;
  int loss_percent = 0;
  milliseconds delay_min{1};
  milliseconds delay_max{5};
  swim_options swim; ///< Of each node, but for its id, incarnation and seed.
};

/// A node begins to believe something of another one.
struct turn_of_belief {
  instant when{0};
  node_id viewer;
  node_id subject;
  liveness state = liveness::alive;
  bool is_wrong = false; ///< The subject was running and could be reached.
};

class swim_world {
public:
  explicit swim_world(const world_options& options);

  // -- time -------------------------------------------------------------------------------------------------------

  void run_for(instant duration);

  /// Runs until `condition` holds, and tells how long that took; nothing if it did not come true within `most`. It is asked
  /// when some node believes or knows something new.
  std::optional<instant> run_until(const std::function<bool()>& condition, instant most);

  [[nodiscard]] instant now() const noexcept {
    return now_;
  }

  // -- faults; nodes have the numbers 1 to n ------------------------------------------------------------------------

  void kill(std::size_t node);
  /// `incarnation_step` is added to that of its last life.
  void restart(std::size_t node, std::int64_t incarnation_step = 1'000'000);
  /// It does nothing, and what is sent to it waits.
  void pause(std::size_t node);
  void resume(std::size_t node);
  /// Everything that it does takes so long; zero: it is quick again.
  void slow_down(std::size_t node, milliseconds work);
  void cut(std::size_t from, std::size_t to);
  void mend(std::size_t from, std::size_t to);
  void cut_off(std::size_t node, bool sending, bool receiving);
  void mend_all();
  void set_loss(int percent);
  void set_members(const std::vector<node_id>& members);

  // -- looking at it ----------------------------------------------------------------------------------------------

  swim_core& at(std::size_t node) {
    return *nodes_.at(node - 1).core;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return nodes_.size();
  }

  [[nodiscard]] bool is_up(std::size_t node) const {
    return nodes_.at(node - 1).up;
  }

  /// What `viewer` believes of `subject`.
  [[nodiscard]] liveness belief(std::size_t viewer, std::size_t subject) const;

  /// True if all that run, but `subject`, believe this of it.
  [[nodiscard]] bool all_believe(std::size_t subject, liveness state) const;
  [[nodiscard]] bool somebody_doubts(std::size_t subject) const;
  /// True if all that run believe just those dead that do not.
  [[nodiscard]] bool all_know_the_truth() const;

  [[nodiscard]] const std::vector<turn_of_belief>& turns() const noexcept {
    return turns_;
  }

  /// Turns to `state` about nodes that ran and could be reached.
  [[nodiscard]] std::size_t wrong(liveness state) const;

  /// Packets and bytes that each node has sent.
  [[nodiscard]] const std::vector<std::uint64_t>& packets() const noexcept {
    return packets_;
  }

  [[nodiscard]] std::uint64_t bytes_sent() const noexcept {
    return bytes_sent_;
  }

  [[nodiscard]] std::size_t largest_packet() const noexcept {
    return largest_packet_;
  }

  void forget_counts();

  [[nodiscard]] std::vector<heard_roster>& rosters(std::size_t node) {
    return nodes_.at(node - 1).rosters;
  }

  [[nodiscard]] std::map<node_id, node_report>& reports(std::size_t node) {
    return nodes_.at(node - 1).reports;
  }

  /// Of all that has been sent, for comparing two runs.
  [[nodiscard]] std::uint64_t digest() const noexcept {
    return digest_;
  }

  swim_random& random() noexcept {
    return random_;
  }

private:
  /// A packet, or, without one, a tick.
  struct event {
    instant when{0};
    std::uint64_t order = 0;
    std::size_t node = 0;
    std::uint64_t life = 0;
    node_id from;
    bytes packet;

    friend bool operator>(const event& x, const event& y) noexcept {
      return std::pair{x.when, x.order} > std::pair{y.when, y.order};
    }
  };

  struct place {
    std::unique_ptr<swim_core> core;
    bool up = true;
    bool paused = false;
    std::uint64_t life = 0;
    std::uint64_t incarnation = 1000;
    milliseconds work{0};
    instant busy_until{0};
    std::vector<event> inbox; ///< While it pauses.
    liveness_view_ptr view;
    std::vector<heard_roster> rosters;
    std::map<node_id, node_report> reports;
  };

  void start(std::size_t index);
  void push(event x);
  void handle(event&& x);
  void carry_out(std::size_t index);
  void transmit(std::size_t index, swim_packet&& x);
  void compare(std::size_t index, const liveness_view_ptr& view);
  [[nodiscard]] bool is_reachable(std::size_t index) const;

  world_options options_;
  swim_random random_;
  std::vector<node_id> members_;
  std::vector<place> nodes_;
  std::set<std::pair<std::size_t, std::size_t>> cuts_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  std::uint64_t changes_ = 0; ///< Of what any node believes or knows.
  instant now_{0};
  std::vector<turn_of_belief> turns_;
  std::vector<std::uint64_t> packets_;
  std::uint64_t bytes_sent_ = 0;
  std::size_t largest_packet_ = 0;
  std::uint64_t digest_ = 0;
};

} // namespace swim_test
