/// What a partition's log means beside the application's state: client sessions, manual proposals, the last checkpoint.
/// Every replica computes it from the committed entries alone, and it decides what the state machine gets: an entry
/// that repeats an applied request is not delivered, a prepared one where its decision stands. Pure.
///
/// It belongs to the state machine's state: whoever goes on after index i, after a restart or a snapshot, needs the
/// `replicated_state` of index i.
#pragma once

#include <optional>
#include <string>

#include "actors/partition/session_table.hpp"
#include "actors/partition/ticket_table.hpp"
#include "kommander/entry.hpp"
#include "kommander/status.hpp"

namespace kommander {

/// What the proposer of an entry is told instead of success, or instead of its own position.
struct entry_outcome {
  status code = status::success;
  hlc_timestamp ticket;
  log_index index;
  std::string reason; ///< For people; empty on success.
};

class replicated_state {
public:
  /// Everything before, or at, `index`, where nothing has been decided yet: of an empty log, or one that began with a
  /// snapshot of an application.
  explicit replicated_state(log_index index = {}) noexcept : index_{index} {
    // nop
  }

  struct effect {
    std::optional<entry> deliver; ///< Of kind `command`.
    std::optional<entry_outcome> outcome;
  };

  /// The next committed entry.
  effect commit(entry x);

  /// The last entry that was committed here.
  [[nodiscard]] log_index index() const noexcept {
    return index_;
  }

  /// Zero: there was none.
  [[nodiscard]] log_index checkpoint() const noexcept {
    return checkpoint_;
  }

  /// The time in the log: of its latest entry, in milliseconds since 1970.
  [[nodiscard]] std::uint64_t milliseconds() const noexcept {
    return milliseconds_;
  }

  [[nodiscard]] const session_table& sessions() const noexcept {
    return sessions_;
  }

  [[nodiscard]] const ticket_table& tickets() const noexcept {
    return tickets_;
  }

  [[nodiscard]] bytes encode() const;

  /// Nothing if `x` is none of this version.
  static std::optional<replicated_state> decode(const bytes& x);

  friend bool operator==(const replicated_state&, const replicated_state&) = default;

private:
  effect commit_decision(const entry& x);

  log_index index_;
  log_index checkpoint_;
  std::uint64_t milliseconds_ = 0;
  session_table sessions_;
  ticket_table tickets_;
};

} // namespace kommander
