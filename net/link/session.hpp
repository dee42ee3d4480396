/// One epoch of a link: sequence numbers, acknowledgements, the window, and messages that come in parts. No thread, no
/// clock, no socket; times are not its business.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "kommander/raft_message.hpp"
#include "net/frame.hpp"
#include "net/link/outbox.hpp"

namespace kommander::net {

struct session_limits {
  std::size_t frame_bytes_max = std::size_t{1} << 20;
  std::size_t message_bytes_max = std::size_t{6} << 20;
  std::size_t window_bytes = std::size_t{16} << 20; ///< Entries leave while less than this is unacknowledged.
  std::size_t control_bytes = std::size_t{4} << 20; ///< Control messages may exceed the window by this.
};

/// What became of a frame that arrived.
enum class frame_verdict : std::uint8_t {
  taken,     ///< In order.
  ignored,   ///< Of another epoch, or seen before.
  violation, ///< Out of order or malformed: this connection cannot be trusted any more.
};

class link_session {
public:
  link_session(std::string cluster, node_id self, node_id peer, const session_limits& limits);

  /// Forgets the connection before and begins one with `epoch`.
  void begin(std::uint64_t epoch);

  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return epoch_;
  }

  // -- sending ----------------------------------------------------------------------------------------------------

  [[nodiscard]] bool entries_may_leave() const noexcept {
    return unacked() < limits_.window_bytes;
  }

  [[nodiscard]] bool control_may_leave() const noexcept {
    return unacked() < limits_.window_bytes + limits_.control_bytes;
  }

  /// The next frame, which tells all that has been taken over.
  frame make_frame(frame_kind kind, outgoing_body content = {});

  /// Bytes sent in this epoch that the peer has not confirmed.
  [[nodiscard]] std::uint64_t unacked() const noexcept {
    return sent_bytes_ - confirmed_bytes_;
  }

  // -- receiving --------------------------------------------------------------------------------------------------

  /// Checks `x`, which is of this protocol, cluster and pair of nodes, and appends its messages to `out`.
  frame_verdict take(const frame& x, std::vector<raft_message>& out);

  /// True if the peer waits for word of so much that a frame should go out for this alone.
  [[nodiscard]] bool ack_is_urgent() const noexcept {
    // The peer's window may be smaller than ours, but hardly that small.
    return taken_bytes_ - told_bytes_ >= std::min<std::size_t>(limits_.window_bytes / 8, 256 * 1024);
  }

  [[nodiscard]] bool ack_is_owed() const noexcept {
    return taken_bytes_ != told_bytes_;
  }

  /// Why the last frame was a violation; for the log.
  [[nodiscard]] const std::string& complaint() const noexcept {
    return complaint_;
  }

private:
  frame_verdict complain(std::string what);
  frame_verdict take_body(const bytes& body, std::vector<raft_message>& out);
  frame_verdict take_fragment(const frame& x, std::vector<raft_message>& out);

  std::string cluster_;
  node_id self_;
  node_id peer_;
  session_limits limits_;
  std::uint64_t epoch_ = 0;
  std::uint64_t sent_frames_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t confirmed_bytes_ = 0;
  std::uint64_t taken_frames_ = 0;
  std::uint64_t taken_bytes_ = 0;
  std::uint64_t told_bytes_ = 0;
  std::string assembly_; ///< The parts so far of a message that is larger than a frame.
  std::string complaint_;
};

} // namespace kommander::net
