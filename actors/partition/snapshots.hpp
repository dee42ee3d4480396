/// What a core and its owner say to each other about snapshots and compaction; plain values. The owner exports and imports
/// the state machine's state and keeps the bytes; the core decides who gets what, and when. See raft_core_snapshots.cpp.
#pragma once

#include <cstdint>

#include "kommander/bytes.hpp"
#include "kommander/raft_message.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// Numbers the sessions in which a core sends snapshots, and, apart from these, those in which it receives them. No number
/// is used twice while the core lives.
using snapshot_session = std::uint64_t;

/// The digest of a chunk that follows one with the digest `before` (zero: it is the first): of its data, and of all that
/// it says of the snapshot, since a wrong position or wrong members do as much harm as wrong data. XXH3-64, each chunk
/// seeded with the digest of those before it: it differs too if one is left out or chunks change places.
std::uint64_t chain_digest(std::uint64_t before, const snapshot_chunk& x);

// -- outputs ------------------------------------------------------------------------------------------------------

/// The owner is to answer with a part of the state machine's exported state: `snapshot_chunk_input` or
/// `snapshot_unavailable_input`. With offset zero it exports; what it has exported stays until the session is closed.
struct snapshot_read {
  node_id peer;
  snapshot_session session = 0;
  std::uint64_t offset = 0;
  std::size_t bytes_max = 0;

  friend bool operator==(const snapshot_read&, const snapshot_read&) = default;
};

/// The owner is to put `data` behind what it has of this session, and answer with `snapshot_stored_input`. Offset zero:
/// whatever else it has received is dropped. After the last part it imports all of it, once the state machine has done
/// what it was given before, atomically and durably, and answers with `snapshot_imported_input`.
struct snapshot_write {
  snapshot_session session = 0;
  log_position position; ///< The last entry that the snapshot includes.
  std::uint64_t offset = 0;
  bytes data;
  bool last = false;

  friend bool operator==(const snapshot_write&, const snapshot_write&) = default;
};

/// A session is over: the owner drops what it keeps for it.
struct snapshot_close {
  node_id peer; ///< To whom it was sent; zero: it was received.
  snapshot_session session = 0;

  friend bool operator==(const snapshot_close&, const snapshot_close&) = default;
};

// -- inputs -------------------------------------------------------------------------------------------------------

/// The answer to a `snapshot_read`: at most `bytes_max` bytes, none only at the end. `index` is the last entry that the
/// exported state includes, the same for a whole session: one up to which the state machine has applied, and handed out
/// as the last of its `apply`.
struct snapshot_chunk_input {
  node_id peer;
  snapshot_session session = 0;
  log_index index;
  std::uint64_t offset = 0;
  bytes data;
  bool last = false;
};

/// There is nothing exported, or it cannot be read. Asked again after a step time-out at the earliest.
struct snapshot_unavailable_input {
  node_id peer;
  snapshot_session session = 0;
};

/// Everything of the session up to `end` is stored.
struct snapshot_stored_input {
  snapshot_session session = 0;
  std::uint64_t end = 0;
};

/// All of the session is imported, durably; or nothing of it, and the state machine is what it was. The latter may also be
/// said of a session that is not complete: the owner does not take it.
struct snapshot_imported_input {
  snapshot_session session = 0;
  bool ok = false;
};

/// The state machine holds everything up to `index`, from an earlier life, although what is applied here begins below: so all
/// of that is committed.
struct machine_holds_input {
  log_index index;
};

/// Everything up to `index` may leave the log: the state machine holds it durably. `index` was the last of an `apply`. What
/// the core may not spare yet stays.
struct compact_input {
  log_index index;
};

} // namespace kommander
