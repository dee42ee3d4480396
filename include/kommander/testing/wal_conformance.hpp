/// What every write-ahead log must do, as cases that an application can run over an adapter of its own, with any test
/// framework or none:
///
///     for (const auto& x : kommander::wal_conformance_cases())
///       if (auto wrong = x.run(make_fixture()); !wrong.empty())
///         complain(x.name, wrong);
///
/// Free of CAF.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "kommander/wal.hpp"

namespace kommander {

/// A new, empty log for one case.
struct wal_conformance_fixture {
  /// Opens the log; each time the same one. A case closes it before it opens it again.
  wal_factory open;

  /// The most syncs that one `write` may need: 1, or how many parts the log has that are written each for itself.
  std::size_t syncs_a_write_max = 1;

  /// Both or none; without them the cases about killed processes pass without a check. The first is called while the log is
  /// open, and remembers what a process leaves that is killed now. The second is called when the log has been closed,
  /// and brings that back, as if nothing had been done since.
  std::function<void()> remember_as_killed;
  std::function<void()> bring_back;
};

struct wal_conformance_case {
  std::string name;  ///< A sentence about behaviour; no two cases have the same.
  std::string about; ///< The part of the interface: "write", "cut", "refusal", "read", …
  /// Empty: the log passes. Otherwise the first thing that was wrong, for people.
  std::function<std::string(const wal_conformance_fixture&)> run;
};

/// All cases; more than eighty. Together they take a log on a usual disk some seconds.
std::vector<wal_conformance_case> wal_conformance_cases();

} // namespace kommander
