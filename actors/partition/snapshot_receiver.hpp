/// A follower's side of snapshots: which chunk is next, and what is to be answered. Pure.
///
/// One session at a time. Chunks come in order: to any other than the next one the answer is what is wanted. When a chunk is
/// stored the next one is asked for, so nothing is kept here but sums. Once the last chunk is handed out the import can
/// begin at any time and cannot be called back: the session then outlives its leader, because what it brings is committed.
#pragma once

#include <optional>

#include "actors/partition/snapshot_sender.hpp"
#include "actors/partition/snapshots.hpp"

namespace kommander {

class snapshot_receiver {
public:
  explicit snapshot_receiver(const snapshot_limits& limits) : limits_{limits} {
    // nop
  }

  /// What is to be done with a chunk; at most one of the two.
  struct decision {
    std::optional<snapshot_write> write;
    std::optional<snapshot_reply> reply;
  };

  /// A chunk of the present leader, `from`, whose snapshot is news here. Must not be called during an import.
  decision take(node_id from, const snapshot_chunk& chunk, instant now);

  /// True if `chunk` is a session's first one and is as it was sent, so that what it says of the snapshot can be relied on.
  /// Of a later one only those who have all before it can tell.
  [[nodiscard]] static bool begins_well(const snapshot_chunk& chunk);

  /// Everything up to `end` is stored. Returns the answer to the leader, if one is due.
  std::optional<snapshot_reply> stored(const snapshot_stored_input& x, instant now);

  /// Ends the session, if there is one.
  void close();

  /// Ends a session without progress for a step time-out; not an import, which ends by itself.
  void expire(instant now);

  /// The session that has ended since the last call. A session that another one replaces is not told of.
  std::optional<snapshot_close> take_closed();

  /// The last chunk was handed out, and nothing is known of the import yet.
  [[nodiscard]] bool is_importing() const noexcept {
    return session_ && session_->complete;
  }

  /// What the chunks of the session say of the snapshot; null if there is no session.
  [[nodiscard]] const snapshot_boundary* boundary() const noexcept {
    return session_ ? &session_->boundary : nullptr;
  }

  /// The session's number for the owner; zero: no session.
  [[nodiscard]] snapshot_session number() const noexcept {
    return session_ ? session_->number : 0;
  }

  /// All of the session is imported, or nothing of it can be: it is over. Returns the answer to the leader that sent it.
  snapshot_reply finish(bool ok);

  /// When `expire` ends the session; `instant::max()` if there is none that it may end.
  [[nodiscard]] instant deadline() const noexcept;

private:
  struct session {
    node_id leader;
    snapshot_session theirs = 0; ///< The number that the leader gave it, and
    snapshot_session number = 0; ///< the one that the owner knows.
    snapshot_boundary boundary;
    std::uint64_t received = 0; ///< Handed out to be stored, …
    std::uint64_t stored = 0;   ///< … and stored.
    std::uint64_t digest = 0;   ///< Of what was received.
    bool complete = false;      ///< The last chunk was received.
    instant progress{0};
  };

  [[nodiscard]] bool continues(node_id from, const snapshot_chunk& chunk) const noexcept;

  snapshot_limits limits_;
  snapshot_session last_ = 0;
  std::optional<session> session_;
  std::optional<snapshot_close> closed_;
};

} // namespace kommander
