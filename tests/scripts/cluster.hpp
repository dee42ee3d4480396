/// A cluster of cores under the full control of a script: nothing happens unless a command says so, except that writes,
/// applies and reads complete at once on nodes where they are not held. Free of CAF.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "actors/partition/raft_core.hpp"
#include "tests/scripts/checker.hpp"
#include "tests/scripts/disk.hpp"
#include "tests/scripts/machine.hpp"

namespace kommander::scripts {

/// Which messages a command is about.
struct message_filter {
  node_id from;     ///< Zero: any.
  node_id to;       ///< Zero: any.
  std::string kind; ///< Empty: any.
  std::size_t count = SIZE_MAX;

  [[nodiscard]] bool matches(const raft_message& x) const;
};

/// How much of what happens is shown. Broken facts are always shown.
enum class detail {
  all,
  outcomes, ///< Changes of state, commits, applies and answers.
  nothing,
};

/// What a node can be told to keep waiting.
enum class work { writes, applies, reads, snapshots };

/// How a node starts.
struct start_setup {
  std::uint64_t seed = 0;
  log_index applied;
  bool gathers = false;  ///< Holds new entries in the core while a write is under way, except on ticks.
  bool verifies = false; ///< Asks the first leader what it counts on, at each start.
  bool wiped = false;    ///< Its disk may have lost everything.
};

class cluster {
public:
  cluster();

  // -- nodes -----------------------------------------------------------------------------------------------------

  /// Adds and starts a node.
  void add(raft_core_options options, const start_setup& setup, disk content);

  /// Loses all that is not durable, after completing `kept` of the pending writes (without telling the core).
  void crash(node_id node, std::size_t kept);

  /// Starts a crashed node from its disk.
  void restart(node_id node, log_index applied);

  /// A crashed node's disk loses everything; its entries from `first` on become unreadable; or vanish without a trace.
  void wipe(node_id node);
  void damage(node_id node, log_index first);
  void roll_back(node_id node, log_index first);

  /// A running node learns that what looks like a wiped disk is a new one.
  void never_here(node_id node);

  [[nodiscard]] std::vector<node_id> nodes() const;

  // -- time ------------------------------------------------------------------------------------------------------

  /// Lets `span` pass on one node, in steps of at most 50 ms.
  void advance(node_id node, instant span);

  /// Lets `span` pass in one step, as after a pause of the process.
  void jump(node_id node, instant span);

  /// Lets time pass on one node until it campaigns (again).
  void time_out(node_id node);

  /// Lets `span` pass on all nodes, delivering everything after each step.
  void run(instant span);

  // -- network ---------------------------------------------------------------------------------------------------

  /// Delivers what is under way now and matches, in the order of sending or in the reverse order.
  void deliver(const message_filter& filter, bool reversed);

  /// Delivers until nothing is under way but what is held.
  void settle();

  void drop(const message_filter& filter);
  void duplicate(const message_filter& filter);
  void inject(const raft_message& x);
  void show_messages(const message_filter& filter);

  /// Keeps matching messages back from `settle` and `run` until `release_all`; or loses them.
  void hold(const message_filter& filter);
  void lose(const message_filter& filter);
  void release_all();

  // -- work of the owner -----------------------------------------------------------------------------------------

  void hold_work(node_id node, work what);

  /// Stops holding, and completes what waits.
  void release_work(node_id node, work what);

  /// Completes `count` pending writes, or applies.
  void complete(node_id node, work what, std::size_t count);
  void compact(node_id node, log_index index);

  /// Whether the state machine has something to export; whether it takes what it is given to import.
  void set_exports(node_id node, bool on);
  void set_imports(node_id node, bool on);

  /// Changes a byte of each chunk under way that matches.
  void corrupt(const message_filter& filter);
  void fail_reads(node_id node);
  void fail_storage(node_id node, std::string reason);

  // -- clients ---------------------------------------------------------------------------------------------------

  void propose(node_id node, const std::vector<bytes>& payloads);
  void transfer(node_id node, node_id target);
  void step_down(node_id node);
  void change(node_id node, std::vector<node_id> voters, std::vector<node_id> learners);
  void ask(node_id node, read_policy policy);
  void suspect(node_id node, node_id peer);

  /// What the owner finds out about the node's disk.
  void set_stalled(node_id node, bool stalled);
  void set_full(node_id node, bool full);

  // -- looking ---------------------------------------------------------------------------------------------------

  void show_state(node_id node);
  void show_log(node_id node);
  void show_peers(node_id node);
  void show_members(node_id node);

  /// What has happened since the last call, line by line.
  std::vector<std::string> take_transcript();

  void set_detail(detail shown) noexcept {
    detail_ = shown;
  }

  /// How many facts were found broken; each is a line of the transcript that begins with "!!".
  [[nodiscard]] std::size_t violations() const noexcept {
    return violations_;
  }

private:
  /// A read that a core has asked for, with what the disk held at that time.
  struct pending_read {
    log_read what;
    std::vector<entry> found;
  };

  /// What was last shown of a node.
  struct shown_state {
    std::string text;
    log_index commit;
    std::size_t role = 0;
    node_id leader;
    bool ready = false;
  };

  struct member {
    raft_core_options options;
    std::uint64_t seed = 1;
    bool gathers = false;
    bool verifies = false;
    bool wiped = false;
    unsigned starts = 0;
    instant now{0};
    scripts::disk disk;
    std::unique_ptr<raft_core> core; ///< Null: down.
    std::deque<pending_write> writes;
    std::deque<log_index> applies;
    std::deque<pending_read> reads;
    scripts::machine machine;
    std::set<work> held;
    shown_state shown;
    bool campaigned = false; ///< Has asked for votes since this was reset.
  };

  member& at(node_id node);
  raft_core& core_at(node_id node);
  scripts::disk& disk_of_crashed(node_id node);
  void start(node_id node, member& m, log_index applied);

  /// Takes and carries out a core's output until it has none, or none that may leave before the write under way is done.
  void pump(node_id node, bool may_gather = true);
  void carry_out(node_id node, member& m, raft_output output);
  void send(member& m, raft_message x);
  bool complete_one(member& m, work what);
  bool complete_snapshot(member& m);
  void carry_out_snapshots(node_id node, member& m, raft_output& output);
  void complete_free_work(member& m);

  void show_changes(node_id node, member& m, const raft_output* output);
  void tick(node_id node, instant span);
  void deliver_one(const raft_message& x);
  std::vector<raft_message> take_matching(const message_filter& filter);
  [[nodiscard]] bool is_held(const raft_message& x) const;
  [[nodiscard]] bool is_lost(const raft_message& x) const;

  void say(const std::string& line);        ///< An outcome.
  void say_detail(const std::string& line); ///< What leads to outcomes.
  void check(const std::string& violation); ///< Shown, and counted, unless empty.

  std::map<node_id, member> members_;
  std::deque<raft_message> wire_;
  std::vector<message_filter> held_;
  std::vector<message_filter> lost_;
  checker checker_;
  std::vector<std::string> transcript_;
  std::size_t violations_ = 0;
  std::uint64_t next_id_ = 1;
  detail detail_ = detail::all;
  int depth_ = 0;
};

} // namespace kommander::scripts
