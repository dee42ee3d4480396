/// Decides how long a leader's new entries wait for more, so that few large writes and messages carry what many callers
/// propose. Pure.
///
/// Three things are waited for:
///  - the own write under way: what gathers meanwhile goes into the next one (group commit);
///  - the answers to what was written before: where the disk or the processor is the limit, one large round costs less
///    than two that overlap;
///  - the callers who were just answered: most propose again at once. As many proposals as were answered are waited for,
///    but at most for a few turns through the node's own queue, which cost an idle node next to nothing.
/// The last two end when enough has gathered, or `gather_time_max` after the last write.
#pragma once

#include <algorithm>
#include <cstddef>

#include "kommander/types.hpp"

namespace kommander {

class gathering {
public:
  /// Where peers are far away, writes follow each other at this distance, whatever has been answered.
  static constexpr instant gather_time_max = std::chrono::milliseconds{10};

  /// So many turns are waited at most for callers who were answered.
  static constexpr unsigned turns_max = 4;

  /// `bytes_max`: as much makes a write large enough.
  explicit gathering(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {
    // nop
  }

  /// A proposal of so many bytes has come.
  void proposed(std::size_t bytes) noexcept {
    bytes_ += bytes;
    awaited_ -= std::min<std::size_t>(awaited_, 1);
  }

  /// What had gathered has been written.
  void wrote(instant now) noexcept {
    bytes_ = 0;
    awaited_ = 0;
    written_at_ = now;
  }

  /// So many proposals are about to be answered.
  void answering(std::size_t proposals) noexcept {
    awaited_ = proposals;
    turns_left_ = turns_max;
  }

  /// True if something waits for callers, and the owner must ask for a turn now: it lets the node's queue pass once, and
  /// then calls `turn_came`.
  bool ask_for_turn() noexcept {
    if (bytes_ == 0 || awaited_ == 0 || turns_left_ == 0 || turn_asked_)
      return false;
    --turns_left_;
    turn_asked_ = true;
    return true;
  }

  void turn_came() noexcept {
    turn_asked_ = false;
    if (turns_left_ == 0)
      awaited_ = 0;
  }

  /// True while new entries had better wait. `unanswered`: something written before has not been answered yet.
  [[nodiscard]] bool holds(instant now, bool writing, bool unanswered) const noexcept {
    auto waits = unanswered || awaited_ > 0;
    return writing || (waits && bytes_ < bytes_max_ && now - written_at_ < gather_time_max);
  }

private:
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;   ///< Proposed since the last write.
  std::size_t awaited_ = 0; ///< Callers who were answered and have not proposed again.
  unsigned turns_left_ = 0;
  bool turn_asked_ = false;
  instant written_at_{0};
};

} // namespace kommander
