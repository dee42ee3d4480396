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
  std::string reason; ///< Empty on success.
};

class leadership_core {
public:
  /// For the partitions 0 … `partitions - 1` of the node `self`.
  leadership_core(node_id self, std::size_t partitions);

  /// Takes note of what `partition` tells. Returns what listeners have to be told, if anything.
  std::optional<published_leader> update(partition_id partition, const leadership& what, instant now);

  /// `partition` has stopped on this node. Returns what listeners have to be told, if anything.
  std::optional<published_leader> fail(partition_id partition, std::string reason);

  /// What is known of `partition`; null if there is none of this id.
  [[nodiscard]] const leadership* find(partition_id partition) const noexcept;

  /// Why `partition` has stopped here; empty while it works.
  [[nodiscard]] const std::string& failure(partition_id partition) const noexcept;

  /// All leaders that listeners know, for one that begins to listen.
  [[nodiscard]] std::vector<published_leader> published() const;

  /// Waits until `partition`, which must exist, has had one leader for `stable_for` that has committed in its term.
  void wait(waiter_id id, partition_id partition, instant stable_for, instant deadline);

  /// Waits until every partition has finished its restore and knows a leader.
  void wait_for_all(waiter_id id, instant deadline);

  /// The waits that have ended by `now`: with success, because the partition has stopped, or `proposal_timeout`.
  std::vector<wait_answer> take_answers(instant now);

  /// Ends all waits with `code`.
  std::vector<wait_answer> end_all(status code, const std::string& reason);

private:
  struct slot {
    leadership known;
    instant settled_since{0};
    node_id published;
    raft_term published_term;
    std::string failure;
  };

  struct waiter {
    waiter_id id;
    std::optional<partition_id> partition; ///< None: all.
    instant stable_for{0};
    instant deadline{0};
  };

  std::optional<published_leader> publish(partition_id partition);
  std::optional<wait_answer> judge(const waiter& x, instant now) const;
  std::optional<wait_answer> judge_one(const waiter& x, const slot& s, instant now) const;
  std::optional<wait_answer> judge_all(const waiter& x) const;

  node_id self_;
  std::vector<slot> slots_;
  std::vector<waiter> waiters_;
};

} // namespace kommander
