/// What a log adapter checks before it writes: that a write continues the log it is for. Shared by all adapters.
#pragma once

#include <functional>

#include "kommander/result.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// Where a partition's log begins and ends.
struct log_tail {
  log_index boundary;      ///< The last entry that was compacted away.
  log_index last;          ///< The last entry; `boundary` if there is none.
  raft_term boundary_term; ///< Of the entry there; zero: nothing was compacted away.

  friend bool operator==(const log_tail&, const log_tail&) = default;
};

/// The configuration that comes with a snapshot, as it is kept.
entry configuration_entry(const snapshot_boundary& x);

/// The tail after `x`, or `status::invalid_argument` (or `payload_too_large`) with what is wrong with it: a cut into what
/// was compacted, a tail that is not there, a hole, a term that goes back, or an entry that no record can hold.
result<log_tail> tail_after(const log_tail& before, const partition_write& x);

/// Success if a log with this tail may be compacted up to `boundary`: it is an entry of the log, of the term that the caller
/// names. `term_there` reads the term of that entry. Otherwise `status::invalid_argument`, or why it cannot be read.
result<done> check_boundary(partition_id partition, log_position boundary, const log_tail& tail,
                            const std::function<result<raft_term>()>& term_there);

/// Success if `first` … `last` is a range of entries that may be read; otherwise `status::invalid_argument`.
result<done> check_range(partition_id partition, log_index first, log_index last);

} // namespace kommander
