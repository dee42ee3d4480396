/// What a partition's log means beside the application's state: client sessions, manual proposals, the last checkpoint, and
/// which keys the partition owns; of partition 0 the partition map. Every replica computes it from the committed entries
/// alone, and it decides what the state machine gets: an entry that repeats an applied request is not delivered, a
/// prepared one where its decision stands. Pure.
///
/// It belongs to the state machine's state: whoever goes on after index i, after a restart or a snapshot, needs the
/// `replicated_state` of index i.
#pragma once

#include <optional>
#include <string>

#include "actors/coordinator/map_state.hpp"
#include "actors/partition/ownership.hpp"
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
  /// snapshot of an application. Of the partition that was created as `birth`; id zero: of partition 0.
  explicit replicated_state(log_index index = {}, const partition_info& birth = {}) noexcept
    : index_{index},
      is_system_{!birth.id},
      ownership_{birth} {
    // nop
  }

  struct effect {
    /// Of kind `command`; or `control`, if it is a step of an operation that concerns the state machine.
    std::optional<entry> deliver;
    std::optional<entry_outcome> outcome;
  };

  /// The next committed entry.
  effect commit(entry x);

  /// The last entry that was committed here.
  [[nodiscard]] log_index index() const noexcept {
    return index_;
  }

  /// The last entry that was to be delivered: what follows it means nothing to the state machine.
  [[nodiscard]] log_index last_delivered() const noexcept {
    return last_delivered_;
  }

  /// The last entry with which sessions and tickets of another partition came: what they tell of is in the state machine when
  /// that has handled everything up to here, whatever their own indexes are, which are another log's.
  [[nodiscard]] log_index taken_over_at() const noexcept {
    return taken_over_at_;
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

  [[nodiscard]] const ownership& owner() const noexcept {
    return ownership_;
  }

  /// Of partition 0; otherwise without content.
  [[nodiscard]] const map_state& map() const noexcept {
    return map_;
  }

  /// What goes with keys that move: the library's part of an export.
  [[nodiscard]] bytes encode_moving(const moving_state& what) const;

  [[nodiscard]] bytes encode() const;

  /// Nothing if `x` is none of this version.
  static std::optional<replicated_state> decode(const bytes& x);

  friend bool operator==(const replicated_state&, const replicated_state&) = default;

private:
  effect commit_kind(entry x);
  effect commit_decision(const entry& x);
  effect commit_control(entry x);
  effect commit_ownership(entry x, const ownership_change& change);
  void take_over(const bytes& library);

  log_index index_;
  log_index last_delivered_;
  log_index taken_over_at_;
  log_index checkpoint_;
  std::uint64_t milliseconds_ = 0;
  bool is_system_;
  session_table sessions_;
  ticket_table tickets_;
  ownership ownership_;
  map_state map_;
};

} // namespace kommander
