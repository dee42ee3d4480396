/// A leader's side of snapshots: which peers are sent one, and how far each has got. Pure.
///
/// One session a peer, stop and wait: one chunk is kept, sent, and sent again until the peer asks for the next one. So a
/// session keeps one chunk in memory, whatever the size of the snapshot. A session without progress for a step time-out ends;
/// the next sign of life of its peer opens another one.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "actors/partition/snapshots.hpp"

namespace kommander {

struct snapshot_limits {
  std::size_t sessions_max = 2; ///< That send at a time; there is at most one that receives.
  std::size_t chunk_bytes = std::size_t{256} << 10;
  std::uint64_t bytes_max = std::uint64_t{512} << 20; ///< Of a snapshot that is received; larger ones are refused.
  instant step_timeout = std::chrono::minutes{2};     ///< A session without progress for so long is given up.
};

class snapshot_sender {
public:
  explicit snapshot_sender(const snapshot_limits& limits) : limits_{limits} {
    // nop
  }

  /// What a chunk says of the snapshot beside its data: the same in all chunks of a session.
  struct head {
    log_position position;
    log_index configuration_index;
    bytes configuration;
  };

  // -- sessions ---------------------------------------------------------------------------------------------------

  /// Opens a session for `peer`, unless it has one, too many run, or its last one has failed a short while ago. Returns the
  /// first part to be read.
  std::optional<snapshot_read> open(node_id peer, instant now);

  /// Ends the session of `peer`, if there is one.
  void close(node_id peer);

  /// The same; none is opened for this peer before a step time-out has passed.
  void fail(node_id peer, instant now);

  void close_all();

  /// Ends sessions without progress for a step time-out.
  void expire(instant now);

  /// The sessions that have ended since the last call.
  std::vector<snapshot_close> take_closed();

  // -- what comes in ------------------------------------------------------------------------------------------------

  /// True if `x` answers the read that its session waits for.
  [[nodiscard]] bool expects(const snapshot_chunk_input& x) const;

  /// True if what `x` brings, which is expected, is as it was asked for.
  [[nodiscard]] bool fits(const snapshot_chunk_input& x) const;

  /// Takes what was read; `about` is the same for all of a session. Returns the message that may leave.
  const snapshot_chunk& take(snapshot_chunk_input x, const head& about, instant now);

  /// The peer wants the session to go on at `offset`. Returns what is to be read next, if anything.
  std::optional<snapshot_read> wanted(node_id peer, snapshot_session session, std::uint64_t offset, instant now);

  // -- observers ----------------------------------------------------------------------------------------------------

  /// The chunk that `peer` has not answered, to be sent again; null if there is none.
  [[nodiscard]] const snapshot_chunk* unanswered(node_id peer) const;

  /// The number of the session of `peer`, or zero.
  [[nodiscard]] snapshot_session session_of(node_id peer) const;

  /// The peers that have a session.
  [[nodiscard]] std::vector<node_id> peers() const;

  /// The lowest position of a running session's snapshot: its peer needs every entry above it next. `limit` if that is lower.
  [[nodiscard]] log_index lowest_position(log_index limit) const;

  [[nodiscard]] std::size_t size() const noexcept {
    return sessions_.size();
  }

private:
  struct session {
    snapshot_session number = 0;
    std::optional<snapshot_chunk> chunk; ///< The one that is not answered; none while it is being read.
    log_position position;
    std::uint64_t offset = 0; ///< Where the chunk begins …
    std::uint64_t digest = 0; ///< … and the digest of all before it.
    instant progress{0};
  };

  snapshot_limits limits_;
  snapshot_session last_ = 0;
  std::map<node_id, session> sessions_;
  std::map<node_id, instant> not_before_; ///< Peers whose last session failed.
  std::vector<snapshot_close> closed_;
};

} // namespace kommander
