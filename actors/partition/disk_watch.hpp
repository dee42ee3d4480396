/// Tells whether a partition's disk keeps up: from when its writes leave for the log, and when they come back. Pure.
#pragma once

#include <optional>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// The disk is stalled from the moment at which a write has taken `stall_timeout`, whether it has ended or not. It keeps up
/// again when so many writes in a row were quick that it is no luck, or when nothing was to be written for so long that
/// nothing is known of it any more.
class disk_watch {
public:
  /// So many quick writes in a row make a stalled disk well,
  static constexpr unsigned quick_writes = 3;
  /// each of them done within this part of the time-out;
  static constexpr int quick_part = 4;
  /// or so many time-outs without any write.
  static constexpr int idle_timeouts = 10;

  explicit disk_watch(instant stall_timeout) noexcept : stall_timeout_{stall_timeout} {
    // nop
  }

  /// A write has left for the log. Writes are numbered in ascending order.
  void began(write_sequence write, instant now);

  /// Everything up to `write` is durable.
  void ended(write_sequence write, instant now);

  /// Time has passed. True if the disk has become stalled, or well, since the last call.
  bool look(instant now);

  [[nodiscard]] bool stalled() const noexcept {
    return stalled_;
  }

  /// True if time changes nothing: no write is under way, and the disk keeps up, as was told.
  [[nodiscard]] bool is_calm() const noexcept {
    return pending_.empty() && !stalled_ && !told_;
  }

  /// How long the oldest write has been under way; while none is, what the slow one took.
  [[nodiscard]] instant slowest(instant now) const noexcept;

private:
  struct pending {
    write_sequence write;
    instant since;
  };

  instant stall_timeout_;
  lazy_deque<pending> pending_;
  instant slow_{0};       ///< What the last slow write took.
  instant slow_ended_{0}; ///< When it ended.
  instant last_ended_{0}; ///< When a write ended last.
  unsigned quick_ = 0;    ///< Quick writes since the last slow one.
  bool stalled_ = false;
  bool told_ = false; ///< What `look` told last.
};

} // namespace kommander
