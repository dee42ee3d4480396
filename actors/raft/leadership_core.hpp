/// Who leads which partition, as far as this node knows, and who waits to know it. Pure.
///
/// The partitions push what changes, so the node answers every question about leaders from here at once: none of them
/// ever waits behind proposals.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kommander/status.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// What one partition of this node tells about its leader.
struct leadership {
  node_id leader; ///< Zero: nobody known.
  raft_term term;
  bool settled = false;  ///< An entry of this term is known here to be committed.
  bool ready = false;    ///< This node leads, and takes proposals.
  bool restored = false; ///< Everything that was committed when the node started has been delivered.
  bool fenced = false;   ///< This node's log lacks, or may lack, what it had acknowledged.
  bool complete = false; ///< Everything that this node may ever have acknowledged has been delivered.

  friend bool operator==(const leadership&, const leadership&) = default;
};

/// A leader that listeners have to be told of; id zero: nobody is known any more.
struct published_leader {
  partition_id partition;
  node_id leader;
  raft_term term;

  friend bool operator==(const published_leader&, const published_leader&) = default;
};

using waiter_id = tagged_number<struct waiter_id_tag>;

/// The end of a wait.
struct wait_answer {
  waiter_id id;
  status code = status::errored;
  node_id leader;
  raft_term term;
  std::string reason;    ///< Empty on success.
  partition_id absent{}; ///< `unknown_partition`: the one that is not there.
};

class leadership_core {
public:
  /// For the node `self`, which has no partition yet.
  explicit leadership_core(node_id self);

  /// There is a partition more; nothing changes if it is known.
  void add(partition_id partition);

  /// `partition` was removed: who waits for it is told so. Returns what listeners have to be told, if anything.
  std::optional<published_leader> remove(partition_id partition);

  /// All partitions of the cluster have been added: until then, who waits for one that is not there waits for it to appear.
  void know_all();

  /// Takes note of what `partition` tells. Returns what listeners have to be told, if anything.
  std::optional<published_leader> update(partition_id partition, const leadership& what, instant now);

  /// `partition` has stopped on this node. Returns what listeners have to be told, if anything.
  std::optional<published_leader> fail(partition_id partition, std::string reason);

  /// What is known of `partition`; null if there is none of this id.
  [[nodiscard]] const leadership* find(partition_id partition) const noexcept;

  /// How long this node has led `partition` and has been ready for proposals; nothing: it does not, or is not.
  [[nodiscard]] std::optional<instant> led_for(partition_id partition, instant now) const noexcept;

  /// Why `partition` has stopped here; empty while it works.
  [[nodiscard]] const std::string& failure(partition_id partition) const noexcept;

  /// All that have stopped here, and why.
  [[nodiscard]] const std::map<partition_id, std::string>& failures() const noexcept {
    return failures_;
  }

  /// All leaders that listeners know, for one that begins to listen.
  [[nodiscard]] std::vector<published_leader> published() const;

  /// Waits until `partition` has had one leader for `stable_for` that has committed in its term.
  void wait(waiter_id id, partition_id partition, instant stable_for, instant deadline);

  /// Waits until every partition has finished its restore and knows a leader.
  void wait_for_all(waiter_id id, instant deadline);

  /// The waits that have ended by `now`: with success, because the partition has stopped or is none, or
  /// `proposal_timeout`.
  std::vector<wait_answer> take_answers(instant now);

  /// Ends all waits with `code`.
  std::vector<wait_answer> end_all(status code, const std::string& reason);

private:
  struct slot {
    leadership known;
    instant settled_since{0};
    node_id published;
    raft_term published_term;
  };

  struct waiter {
    waiter_id id;
    std::optional<partition_id> partition; ///< None: all.
    instant stable_for{0};
    instant deadline{0};
  };

  static bool is_ready(const slot& x) noexcept {
    return x.known.restored && x.known.leader;
  }

  std::optional<published_leader> publish(partition_id partition, slot& x);
  std::optional<published_leader> learn(partition_id partition, slot& x, const leadership& what);
  std::optional<wait_answer> judge(const waiter& x, instant now) const;
  std::optional<wait_answer> judge_one(const waiter& x, instant now) const;
  std::optional<wait_answer> judge_all(const waiter& x) const;

  node_id self_;
  std::map<partition_id, slot> slots_;
  std::map<partition_id, std::string> failures_;
  std::vector<waiter> waiters_;
  std::size_t ready_ = 0; ///< How many are restored and have a leader.
  bool knows_all_ = false;
};

} // namespace kommander
