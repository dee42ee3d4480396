/// What of the committed entries the state machine gets, and when. Pure.
///
/// One message is outstanding at a time. Entries that were known to be committed when the node started are delivered as
/// a restore, later ones as they come; a message never mixes the two. The replicated state decides what is delivered;
/// the rest counts as delivered where it stands, without a message. The core bounds what it hands out, so nothing is
/// bounded here.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "actors/partition/lazy_deque.hpp"
#include "actors/partition/replicated_state.hpp"
#include "kommander/entry.hpp"

namespace kommander {

/// One message for the state machine.
struct delivery_batch {
  bool restore = false;
  std::vector<entry> entries; ///< Ascending, never empty; all of kind `command`, or a single one of kind `control`.
};

class delivery_core {
public:
  /// Delivery begins after `state.index()`; what stands at or below `restore_until` is a restore.
  delivery_core(replicated_state state, log_index restore_until);

  /// Committed entries, contiguous with what was pushed before.
  void push(std::vector<entry> committed);

  /// The next message, which is outstanding from then on. None while one is outstanding or nothing is there to deliver.
  std::optional<delivery_batch> next();

  /// The outstanding message has been answered.
  void answered();

  /// What the proposer of the entry at `index` is to be told instead of success, if anything.
  std::optional<entry_outcome> take_outcome(log_index index);

  /// The proposer of the entry at `index` is to be told this, whatever the log made of it.
  void note_outcome(log_index index, entry_outcome x) {
    outcomes_.insert_or_assign(index, std::move(x));
  }

  /// Whoever waited for what is handled has been answered: nobody asks for its outcomes any more.
  void forget_outcomes();

  /// What was taken over with a state, and not committed here one by one: nobody knows what became of entries up to here.
  [[nodiscard]] log_index taken_over() const noexcept {
    return taken_over_;
  }

  /// The state machine holds everything up to `index` already: of that nothing is delivered.
  void skip_until(log_index index);

  /// The state machine has taken over a state as of `state.index()`; nothing waits. Delivery goes on after it.
  void installed(replicated_state state);

  /// The state machine holds more than what was handled here.
  [[nodiscard]] bool is_ahead() const noexcept {
    return skip_until_ > handled_;
  }

  /// True if nothing waits, and the state machine holds just what is handled.
  [[nodiscard]] bool rests() const noexcept {
    return waiting() == 0 && !is_ahead();
  }

  /// Everything up to here has been delivered and answered, or needed no delivery.
  [[nodiscard]] log_index handled() const noexcept {
    return handled_;
  }

  /// As of the last entry pushed.
  [[nodiscard]] const replicated_state& state() const noexcept {
    return state_;
  }

  /// True if everything that was known to be committed at the start has been delivered.
  [[nodiscard]] bool restored() const noexcept {
    return handled_ >= restore_until_;
  }

  /// How many entries wait, those of the outstanding message included.
  [[nodiscard]] std::size_t waiting() const noexcept {
    return waiting_.size() + distance(handled_, outstanding_);
  }

private:
  /// A committed entry, and what of it is to be delivered.
  struct item {
    log_index index;
    std::optional<entry> deliver;
  };

  void skip_silent();

  replicated_state state_;
  lazy_deque<item> waiting_;
  std::map<log_index, entry_outcome> outcomes_;
  log_index handled_;
  log_index outstanding_; ///< The last index of the outstanding message; `handled_` if there is none.
  log_index restore_until_;
  log_index skip_until_;
  log_index taken_over_;
};

} // namespace kommander
