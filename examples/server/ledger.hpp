/// The server's state machine: it counts and hashes what it gets, so that nodes can be compared.
#pragma once

#include <kommander/kommander.hpp>

#include <string>
#include <vector>

namespace server {

/// Asks for the digests of all partitions.
struct get_digests {};

/// One partition's content so far: equal on nodes that have applied the same entries in the same order.
struct digest {
  kommander::partition_id partition;
  kommander::log_index last; ///< Last entry applied.
  std::uint64_t entries = 0;
  std::uint64_t hash = 0; ///< XXH3 over index, type and payload of each entry.
};

using digests = std::vector<digest>;

/// A state machine that also answers `get_digests`.
using ledger_actor = kommander::state_machine::extend<caf::replies_to<get_digests>::with<digests>>;

/// `apply_log`: a folder in which each partition gets a file with a line "index payload" per entry applied, begun anew at
/// each start; empty: none. An entry that cannot be written is reported as refused.
ledger_actor spawn_ledger(caf::actor_system& system, const std::string& apply_log);

} // namespace server

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(server::get_digests)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(server::digest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(server::digests)
