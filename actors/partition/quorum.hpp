/// Who votes in a group, and what counts as a majority. Pure.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// The members of one group. Fixed for the life of a core for now; a later change is an entry of the group's own log.
struct group_configuration {
  std::vector<node_id> voters; ///< Sorted, without repetition, not empty.

  /// Sorts and removes repetitions.
  static group_configuration of(std::vector<node_id> voters);

  [[nodiscard]] bool is_voter(node_id x) const noexcept;

  /// How many voters make a majority.
  [[nodiscard]] std::size_t majority() const noexcept {
    return voters.size() / 2 + 1;
  }

  friend bool operator==(const group_configuration&, const group_configuration&) = default;
};

/// The largest index that a majority of voters has reached, given how far each is (Raft paper, section 5.3).
log_index majority_index(const group_configuration& group, const std::function<log_index(node_id)>& match);

enum class vote_result { pending, won, lost };

/// Counts votes: `granted` and `refused` name voters at most once each.
vote_result tally(const group_configuration& group, const std::vector<node_id>& granted,
                  const std::vector<node_id>& refused);

} // namespace kommander
