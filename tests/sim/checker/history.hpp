/// What is known of one partition for ever, over all nodes and all their lives: who led which term, who voted for whom,
/// which entries were made, and which are committed. Each fact is entered once; whatever contradicts it is a violation.
#pragma once

#include <cstdint>
#include <vector>

#include "actors/partition/proposals.hpp"
#include "kommander/entry.hpp"

namespace kommander::sim {

/// An entry that some leader has made. Term and index identify it; the rest must never differ.
struct entry_record {
  raft_term term;
  raft_term previous_term; ///< Of the entry before it: by induction this is the log matching property.
  std::uint64_t content = 0;
};

/// An entry that is committed.
struct commit_record {
  raft_term term;
  raft_term committed_in; ///< The term of the leader that committed it.
  std::uint64_t content = 0;
  std::uint64_t chain = 0; ///< Hash over this and all entries before.
};

/// The chain after one more entry.
std::uint64_t extend_chain(std::uint64_t chain, raft_term term, std::uint64_t content) noexcept;

class partition_history {
public:
  explicit partition_history(std::uint64_t nodes) : votes_(nodes + 1) {
    // nop
  }

  // -- elections ----------------------------------------------------------------------------------------------------

  /// `node` acts as leader of `term`. True if that is news. Violation: another node did (election safety).
  bool leads(node_id node, raft_term term);

  /// Zero if nobody was seen to lead `term`.
  [[nodiscard]] node_id leader_of(raft_term term) const noexcept;

  /// `node` tells `candidate` that it votes for it. Violation: it has told another one so in this term.
  void votes(node_id node, raft_term term, node_id candidate);

  /// `node` has lost its votes beyond `left`.
  void forgets(node_id node, hard_state left);

  /// `node` has lost its votes, and its core is told. Those that it gave to others it must not contradict; the ones for
  /// itself nobody can count any more, because whoever asked for votes with them is gone.
  void forgets_candidacies(node_id node);

  /// For whom `node` has told that it votes in `term`; zero: nobody.
  [[nodiscard]] node_id vote_of(node_id node, raft_term term) const noexcept {
    const auto& of_node = votes_[node.value()];
    return term.value() < of_node.size() ? of_node[term.value()] : node_id{};
  }

  // -- entries ------------------------------------------------------------------------------------------------------

  /// `node` puts `x` into its log, after an entry of `previous_term`. True if it is new; then `node` leads `x.term`.
  /// Violation: another entry of this term and index exists, or one with another past.
  bool appends(node_id node, const entry& x, std::uint64_t content, raft_term previous_term);

  /// Null if nobody ever made such an entry.
  [[nodiscard]] const entry_record* find(log_index index, raft_term term) const noexcept;

  // -- commits ------------------------------------------------------------------------------------------------------

  /// The entry after the last committed one is committed by the leader of `committed_in`.
  void commits(const entry_record& x, raft_term committed_in);

  [[nodiscard]] log_index committed() const noexcept {
    return log_index{commits_.size()};
  }

  /// `index` must be in [1, committed()].
  [[nodiscard]] const commit_record& commit_at(log_index index) const noexcept {
    return commits_[index.value() - 1];
  }

  /// The chain after the entry at `index`, which must not be above `committed()`.
  [[nodiscard]] std::uint64_t chain_at(log_index index) const noexcept {
    return index ? commit_at(index).chain : 0;
  }

  /// The last entry that was committed by a leader of a term below `term`: each leader of `term` must have it.
  [[nodiscard]] log_index committed_before(raft_term term) const noexcept;

private:
  struct slot {
    entry_record first;
    std::vector<entry_record> others;
  };

  std::vector<node_id> leaders_;            ///< By term.
  std::vector<std::vector<node_id>> votes_; ///< By node and term.
  std::vector<slot> entries_;               ///< By index, from 1.
  std::vector<commit_record> commits_;      ///< By index, from 1.
};

} // namespace kommander::sim
