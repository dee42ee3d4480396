/// The status that ends every request, and what it says about the caller's entry. Free of CAF.
#pragma once

#include <cstdint>
#include <string_view>

namespace kommander {

/// Numbers below 32 are those of the original; ours begin at 32. They are part of the wire format.
enum class status : std::uint8_t {
  success = 0,
  errored = 1,
  node_is_not_leader = 2,
  leader_in_old_term = 3,
  leader_already_elected = 4,
  logs_from_another_leader = 5,
  active_proposal = 6,
  proposal_not_found = 7,
  proposal_timeout = 8,
  replication_failed = 9,
  pending = 10,
  proposal_queue_full = 11,
  restore_in_progress = 12,
  partition_moved = 13,
  stale_membership = 14,
  concurrent_membership_change = 15,
  insufficient_voters = 16,
  log_mismatch = 17,
  snapshot_required = 18,
  operation_cancelled = 19,
  follower_wal_saturated = 20,
  member_not_found = 21,
  drain_in_progress = 22,
  not_hosted = 32,
  payload_too_large = 33,
  unknown_partition = 34,
  stopping = 35,
  storage_failed = 36,
  invalid_argument = 37,
  unauthorized = 38,
  session_expired = 39, ///< Whether the request was applied before cannot be told any more.
};

/// What a status says about the entry that the caller proposed.
enum class proposal_outcome : std::uint8_t {
  applied,     ///< Durable on a majority, for ever, and applied on the answering node.
  not_applied, ///< Certainly not appended: a retry cannot double it.
  unknown,     ///< May be, or may yet become, committed: retry only what is safe to repeat.
};

/// What `x` tells about the entry it answers for.
proposal_outcome outcome(status x) noexcept;

/// The name as in the enumeration, "invalid" for a number that is none.
std::string_view to_string(status x) noexcept;

/// True if `x` is one of the enumeration's values; to be asked of everything that came over a wire.
bool is_valid(status x) noexcept;

} // namespace kommander
