/// The application's own actor, which gets every committed entry.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kommander/caf_compat.hpp"
#include "kommander/entry.hpp"
#include "kommander/partition_map.hpp"

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
  /// Everything up to here survives a crash of the application without the log, so the log need not keep it. Zero: nothing
  /// new is known. A machine that tells says so from its first answer on.
  log_index durable_index;
  std::vector<entry_failure> failures;
};

/// The next message is sent when the last one was answered, so the actor is never flooded; an `error` as answer counts
/// for all entries of the message. One actor may serve all partitions: each has at most one message outstanding.
/// Only entries of kind `command` are delivered.
using state_machine = cafx::typed<applied(restore_entries), applied(apply_entries)>;

// -- durability, export and import --------------------------------------------------------------------------------

/// Asked once at each start of a node, before anything is delivered.
struct get_durable_index {
  partition_id partition;
};

/// What the machine holds durably.
struct durable_state {
  /// Entries up to here are not delivered again. Zero: none is held. It must not be below what the machine ever reported,
  /// or has imported: the log may not hold those entries any more, and the partition does not run on this node then.
  log_index index;
};

/// Give a part of the state as of `index`: of all entries that were given to the machine before this message, and no others.
/// With an empty cursor the export begins: the machine fixes the state then, and goes on with the same one at later cursors,
/// whatever it applies meanwhile. No time is lost by a copy if the state is shared or versioned. There may be several
/// exports at a time, one a session.
struct export_state {
  partition_id partition;
  std::uint64_t session = 0;
  log_index index;
  bytes cursor; ///< As in the part before.
  std::size_t bytes_max = 0;
};

/// A part of an exported state. An `error` in its place ends the session; it is tried again later.
struct state_chunk {
  bytes data;   ///< At most about `bytes_max` bytes; may be empty only in the last part.
  bytes cursor; ///< Where the next part begins, in the machine's own terms; not empty, unless this is the last part.
  bool last = false;
};

/// The session is over; the machine drops what it keeps for it.
struct end_export {
  partition_id partition;
  std::uint64_t session = 0;
};

/// A part of a state that another node's machine has exported. The parts come in order; each after the answer to the one
/// before. They are put aside until the last one has come; then they replace the machine's state, atomically and durably, and
/// `index` becomes what `get_durable_index` answers. An import with offset zero begins: what was put aside before is dropped.
struct import_state {
  partition_id partition;
  std::uint64_t session = 0;
  log_index index; ///< The last entry that the state includes.
  std::uint64_t offset = 0;
  bytes data;
  bool last = false;
};

/// `ok`: the part is put aside or, of the last one, the state is in force and durable. Otherwise, or with an `error`, the
/// import is over, and the machine is what it was before.
struct import_result {
  bool ok = false;
  std::string reason; ///< For people.
};

/// The rest of the session will not come; the machine drops what it has put aside.
struct abort_import {
  partition_id partition;
  std::uint64_t session = 0;
};

/// A state machine that says what it holds durably, and hands its state to other nodes. A node that needs entries which no
/// log holds any more gets the state instead; without export it stays behind (`snapshot_required`).
using full_state_machine =
  cafx::typed<applied(restore_entries), applied(apply_entries), durable_state(get_durable_index),
              state_chunk(export_state), void(end_export), import_result(import_state), void(abort_import)>;

// -- keys that move -------------------------------------------------------------------------------------------------

/// As `export_state`, of what moves only. The partition takes no writes for it any more, so it does not change meanwhile.
/// Ends with `end_export` of the source; sessions of a partition have numbers of their own, and no two the same.
struct export_range {
  moving_state what;
  std::uint64_t session = 0;
  bytes cursor;
  std::size_t bytes_max = 0;
};

/// A part of what was exported, in the log of `what.target`, on each of its replicas: it comes between the entries, once per
/// start, and again after a restart like them. The parts come in order. They add to what the machine has; the one at offset
/// zero begins anew, and then replaces what came with this operation before. They may be applied as they come: until the
/// last one has come and the target serves, nobody writes to these keys or may rely on them. Which keys came with the latest
/// operation is part of the machine's state until another one's parts come, also in what `export_state` gives: they may have
/// to go again. `import_result.ok` false, or an `error`, at the leader rolls the operation back.
struct import_range {
  moving_state what;
  log_index index;
  std::uint64_t offset = 0;
  bytes data;
  bool last = false;
};

/// In the log of a partition, like an entry: the machine forgets what is this partition's no more. In the source of a split
/// (`partition` is `what.source`), all that has moved; in the target of a merge that was rolled back, what came with it.
struct drop_range {
  moving_state what;
  partition_id partition;
  log_index index;
};

/// A state machine whose state can be divided: partitions split and merge with their data.
using divisible_state_machine =
  cafx::typed<applied(restore_entries), applied(apply_entries), durable_state(get_durable_index),
              state_chunk(export_state), void(end_export), import_result(import_state), void(abort_import),
              state_chunk(export_range), import_result(import_range), applied(drop_range)>;

/// A state machine of any kind. Whatever handle has all of `full_state_machine` is one.
struct machine_handle {
  machine_handle() = default;

  /// By value: who moves a handle in keeps no reference to the actor, which would let it live on.
  template <class... Signatures>
  machine_handle(caf::typed_actor<Signatures...> x) : plain{x} { // NOLINT: implicit on purpose
    if constexpr (cafx::understands<full_state_machine, caf::typed_actor<Signatures...>>)
      full = full_state_machine{x};
    if constexpr (cafx::understands<divisible_state_machine, caf::typed_actor<Signatures...>>)
      divisible = divisible_state_machine{x};
  }

  explicit operator bool() const noexcept {
    return static_cast<bool>(plain);
  }

  state_machine plain;
  full_state_machine full;           ///< Invalid if it is not one.
  divisible_state_machine divisible; ///< The same.
};

/// Gives each partition its state machine; called once per partition, when it starts on this node.
using state_machine_factory = std::function<machine_handle(partition_id)>;

} // namespace kommander

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::restore_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::apply_entries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::get_durable_index)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::durable_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::export_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::state_chunk)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::end_export)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::import_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::import_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::abort_import)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::export_range)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::import_range)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(kommander::drop_range)
