/// Who votes in a group, and what counts as a majority. Pure.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// The members of one group. Which one holds is said by the group's own log; see configuration.hpp. Each list is sorted and
/// without repetition. Without voters it is that of a node that has not been told of any group yet.
struct group_configuration {
  std::vector<node_id> voters;     ///< Joint: those of the new configuration.
  std::vector<node_id> learners;   ///< Get everything, never count. Joint: may name old voters, which become learners.
  std::vector<node_id> old_voters; ///< Joint: whose majority is needed too (Raft paper, section 6). Else empty.

  /// Sorts and removes repetitions.
  static group_configuration of(std::vector<node_id> voters, std::vector<node_id> learners = {});

  /// A voter of the new or of the old configuration.
  [[nodiscard]] bool is_voter(node_id x) const noexcept;

  /// A voter or a learner.
  [[nodiscard]] bool is_member(node_id x) const noexcept;

  [[nodiscard]] bool is_joint() const noexcept {
    return !old_voters.empty();
  }

  /// True if `x` alone decides everything.
  [[nodiscard]] bool is_only_voter(node_id x) const noexcept {
    return !is_joint() && voters.size() == 1 && voters.front() == x;
  }

  /// All members, sorted.
  [[nodiscard]] std::vector<node_id> members() const;

  /// How many of `voters` make a majority.
  [[nodiscard]] std::size_t majority() const noexcept {
    return voters.size() / 2 + 1;
  }

  friend bool operator==(const group_configuration&, const group_configuration&) = default;
};

/// The largest index that a majority of voters has reached, given how far each is (Raft paper, section 5.3); when joint, a
/// majority of the old and one of the new voters (section 6). Zero without voters.
log_index majority_index(const group_configuration& group, const std::function<log_index(node_id)>& match);

enum class vote_result { pending, won, lost };

/// Counts votes: `granted` and `refused` name nodes at most once each, and only voters count. When joint, the old and the
/// new voters must both have granted. Never won without voters.
vote_result tally(const group_configuration& group, const std::vector<node_id>& granted,
                  const std::vector<node_id>& refused);

} // namespace kommander
