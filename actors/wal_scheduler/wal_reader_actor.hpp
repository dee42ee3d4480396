/// Does the blocking reads of the log: entries for peers that lag, entries to apply, and the recovery of a partition.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/entry.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander {

// -- messages -----------------------------------------------------------------------------------------------------

/// The answer to a `wal_read`.
struct wal_read_done {
  partition_id partition;
  node_id peer;               ///< As in the request.
  log_index first;            ///< As in the request.
  std::vector<entry> entries; ///< From `first` on, without holes; empty if the read failed.
  std::string failure;        ///< Empty: success. Otherwise which record is missing or damaged, for people.
};

using wal_read_client = cafx::typed<void(wal_read_done)>;

/// Read entries `first` … `last`, stopping after `bytes_max` of weight but never before the first. Only what has been
/// reported durable may be asked for. The sender bounds how many reads it has under way.
struct wal_read {
  partition_id partition;
  node_id peer; ///< Comes back in the answer: for whom the entries are; zero: to be applied here.
  log_index first;
  log_index last;
  std::size_t bytes_max = 0;
  wal_read_client client;
};

/// The answer to a `wal_recover`.
struct wal_recovered {
  partition_id partition;
  recovered_partition content;
  std::string failure; ///< Empty: success; `content.damaged_at` may still say that the log is damaged.
};

using wal_recover_client = cafx::typed<void(wal_recovered)>;

/// Read and verify all that is stored for a partition. Must not overlap with writes of the partition.
struct wal_recover {
  partition_id partition;
  wal_recover_client client;
};

using wal_reader = cafx::typed<void(wal_read), void(wal_recover)>;

// -- set-up -------------------------------------------------------------------------------------------------------

struct wal_reader_options {
  /// True: the actor gets a thread of its own. False: it blocks a thread of CAF's scheduler; for tests only.
  bool detached = true;
  /// A read that takes longer is logged, at most once in ten seconds.
  std::chrono::milliseconds slow_read_log{25};
};

/// Starts a reader on `log`. It answers requests in their order and ends with an exit message.
wal_reader spawn_wal_reader(caf::actor_system& system, std::shared_ptr<wal> log, wal_reader_options options = {});

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_read_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_read)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_recovered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::wal_recover)
