/// The application's own actor, which gets every committed entry.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/entry.hpp"

namespace kommander {

/// Entries that were known to be committed when the node started, in index order. Local to the process.
struct restore_entries {
  partition_id partition;
  std::vector<entry> entries;
};

/// Entries committed since, in index order, each once per start. Local to the process.
struct apply_entries {
  partition_id partition;
  std::vector<entry> entries;
};

/// An entry that the state machine could not apply.
struct entry_failure {
  log_index index;
  std::string reason;
};

/// Answer to both. Each failure is published as a `replication_error` event; delivery goes on.
struct applied {
  /// Everything up to here survives a crash of the application without the log. Zero: nothing is known to.
  log_index durable_index;
  std::vector<entry_failure> failures;
};

/// The next message is sent when the last one was answered, so the actor is never flooded; an `error` as answer counts
/// for all entries of the message. One actor may serve all partitions: each has at most one message outstanding.
/// Only entries of kind `command` are delivered.
using state_machine = cafx::typed<applied(restore_entries), applied(apply_entries)>;

/// Gives each partition its state machine; called once per partition, when the node starts.
using state_machine_factory = std::function<state_machine(partition_id)>;

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::apply_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::applied)
