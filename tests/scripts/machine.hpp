/// A node's state machine in a script: its state is the list of all that it was given, and is as durable as its log. What
/// it exports and receives as snapshots is here too. Free of CAF.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <variant>

#include "actors/partition/snapshots.hpp"
#include "kommander/entry.hpp"

namespace kommander::scripts {

class machine {
public:
  /// Something about snapshots that a core has asked for.
  using job = std::variant<snapshot_read, snapshot_write>;

  std::deque<job> jobs;
  bool exports = true; ///< Has something to export.
  bool imports = true; ///< Takes what it is given.

  /// Starts at `applied`, or where an import has brought it; returns it.
  log_index start(log_index applied);

  /// Forgets what is under way.
  void crash();

  /// Was handed `x`, and will have applied it when it reaches its index.
  void give(const entry& x);
  void reach(log_index index);

  [[nodiscard]] std::string content() const;

  /// The next part of what `what` asks for.
  [[nodiscard]] snapshot_chunk_input exported(const snapshot_read& what);

  /// Keeps what was received of a session.
  void store(const snapshot_write& x);

  /// Takes over all that was received.
  void import_all(log_index index);

  void close(const snapshot_close& x);

private:
  struct exported_state {
    log_index index;
    std::string content;
  };

  log_index applied_, imported_;
  std::string given_;                         ///< With what is not applied yet.
  std::map<log_index, std::string> versions_; ///< After each index.
  std::map<snapshot_session, exported_state> exported_;
  std::string received_;
};

} // namespace kommander::scripts
