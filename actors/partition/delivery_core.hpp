/// What of the committed entries the state machine gets, and when. Pure.
///
/// One message is outstanding at a time. Entries that were known to be committed when the node started are delivered as
/// a restore, later ones as they come; a message never mixes the two, and ends at a checkpoint. Entries of other kinds than `command` are counted
/// as delivered where they stand, without a message. The core bounds what it hands out, so nothing is bounded here.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "kommander/entry.hpp"

namespace kommander {

/// One message for the state machine.
struct delivery_batch {
  bool restore = false;
  std::vector<entry> entries; ///< Ascending, all of kind `command`, never empty.
};

class delivery_core {
public:
  /// Delivery begins after `delivered`; what stands at or below `restore_until` is a restore.
  delivery_core(log_index delivered, log_index restore_until);

  /// Committed entries, contiguous with what was pushed before.
  void push(std::vector<entry> committed);

  /// The next message, which is outstanding from then on. None while one is outstanding or nothing is there to deliver.
  std::optional<delivery_batch> next();

  /// The outstanding message has been answered.
  void answered();

  /// The state machine holds everything up to `index` already: of that nothing is delivered.
  void skip_until(log_index index);

  /// The state machine has taken over a state as of `index`; nothing waits. Delivery goes on after it.
  void installed(log_index index);

  /// Where the state machine is, or will be when it has answered, if that is behind a checkpoint that was not taken yet. A
  /// message ends at a checkpoint, and what needs no delivery changes nothing: what is captured here is as of the checkpoint.
  std::optional<log_index> take_checkpoint() noexcept;

  /// Everything up to here is with the state machine, or needed no delivery.
  [[nodiscard]] log_index handed_over() const noexcept {
    return outstanding_;
  }

  /// True if the state machine has answered for all that it was given, and holds just what is handled.
  [[nodiscard]] bool rests() const noexcept {
    return outstanding_ == handled_ && skip_until_ <= handled_;
  }

  /// Everything up to here has been delivered and answered, or needed no delivery.
  [[nodiscard]] log_index handled() const noexcept {
    return handled_;
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
  [[nodiscard]] bool is_silent(const entry& x) const noexcept;
  void pass(const entry& x) noexcept;
  void skip_silent();

  std::deque<entry> waiting_;
  log_index handled_;
  log_index outstanding_; ///< The last index of the outstanding message; `handled_` if there is none.
  log_index restore_until_;
  log_index skip_until_;
  bool passed_checkpoint_ = false;
};

} // namespace kommander
