/// What waits to be sent over one link, and how it is gathered into bodies. No CAF, no thread, no clock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "kommander/raft_message.hpp"

namespace kommander::net {

struct outbox_limits {
  std::size_t frame_bytes_max = std::size_t{1} << 20;   ///< Largest body.
  std::size_t message_bytes_max = std::size_t{6} << 20; ///< Larger messages are dropped.
  std::size_t queue_bytes_max = std::size_t{32} << 20;  ///< Messages with entries that wait.
  std::size_t control_bytes_max = std::size_t{4} << 20; ///< Control messages that wait.
};

/// A body ready to be sent: messages that are whole, or a part of one that is larger than a frame.
struct outgoing_body {
  std::string content;
  std::uint64_t fragment_offset = 0;
  std::uint64_t fragment_total = 0; ///< Zero: whole messages.
};

/// Two queues. Messages leave in the order in which they came while everything fits into one body and entries may
/// leave; otherwise control messages go first, so that an election never waits behind a megabyte of entries.
class outbox {
public:
  explicit outbox(const outbox_limits& limits) noexcept : limits_{limits} {
    // nop
  }

  /// Takes over `x`, or drops and counts it for want of room.
  void push(raft_message&& x);

  /// The next body, or nothing if nothing may leave. With `entries` false only control messages may; with `control`
  /// false too, nothing.
  std::optional<outgoing_body> next(bool entries, bool control);

  /// Forgets everything that waits, and counts it as dropped. A half-sent message is forgotten as well.
  void clear();

  [[nodiscard]] bool empty() const noexcept {
    return entries_.empty() && control_.empty() && rest_.empty();
  }

  /// Weight of the messages that wait, and what is left of a message that is being sent in parts.
  [[nodiscard]] std::size_t queued_bytes() const noexcept {
    return entry_bytes_ + control_bytes_ + (rest_.size() - rest_offset_);
  }

  [[nodiscard]] std::uint64_t dropped() const noexcept {
    return dropped_;
  }

private:
  struct waiting {
    std::uint64_t arrival = 0;
    std::size_t weight = 0;
    raft_message message;
  };

  std::deque<waiting>* pick(bool entries);
  std::string gather(bool entries);
  outgoing_body take_fragment();

  outbox_limits limits_;
  std::deque<waiting> entries_;
  std::deque<waiting> control_;
  std::size_t entry_bytes_ = 0;
  std::size_t control_bytes_ = 0;
  std::uint64_t arrivals_ = 0;
  std::uint64_t dropped_ = 0;
  std::string rest_; ///< A body larger than a frame, of which a part has been sent.
  std::size_t rest_offset_ = 0;
};

} // namespace kommander::net
