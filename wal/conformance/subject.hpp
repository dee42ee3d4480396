/// What the conformance cases are written with: a log under test, entries, writes, and checks that end a case.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kommander/testing/wal_conformance.hpp"

namespace kommander::conformance {

/// Thrown by a check, caught where the case was started: it never leaves the suite.
struct violation {
  std::string what;
};

// -- entries and writes -------------------------------------------------------------------------------------------

using entries = std::vector<entry>;

/// An entry whose content follows from its position, so that a mix-up shows.
entry make_entry(std::uint64_t index, std::uint64_t term, std::size_t size = 20);
entries make_entries(std::uint64_t first, std::uint64_t last, std::uint64_t term, std::size_t size = 20);
entries operator+(entries x, const entries& y);

/// A write of these entries, and nothing else.
partition_write appending(std::uint64_t partition, entries all);
/// The same after a cut at `from`.
partition_write replacing(std::uint64_t partition, std::uint64_t from, entries all);
partition_write append(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::uint64_t term);
partition_write vote(std::uint64_t partition, std::uint64_t term, std::uint64_t voted_for);
partition_write hint(std::uint64_t partition, std::uint64_t commit);
log_position at(std::uint64_t index, std::uint64_t term);

// -- the log under test -------------------------------------------------------------------------------------------

/// The log of one case. What must succeed and does not, ends the case.
class subject {
public:
  explicit subject(const wal_conformance_fixture& fixture) : fixture_{fixture} {
    open();
  }

  wal* operator->() {
    return log_.get();
  }

  [[nodiscard]] const wal_conformance_fixture& fixture() const noexcept {
    return fixture_;
  }

  void reopen();

  /// The process is killed, and another one opens the log. False if the fixture cannot do that.
  bool kill();

  /// Checks now, and once more when the log has been closed and opened.
  template <class F>
  void now_and_later(F check) {
    check();
    reopen();
    check();
  }

  template <class... Writes>
  result<done> try_write(Writes... writes) {
    std::vector<partition_write> all;
    (all.push_back(std::move(writes)), ...);
    return log_->write(all);
  }

  template <class... Writes>
  void write(Writes... writes) {
    must(try_write(std::move(writes)...), "a write");
  }

  void compact(std::uint64_t partition, log_position boundary);
  void install(std::uint64_t partition, log_position boundary);
  void drop(std::uint64_t partition);
  void set(const std::string& key, const std::string& value);
  std::string get(const std::string& key);
  recovered_partition recover(std::uint64_t partition = 1);
  entries read(std::uint64_t partition, std::uint64_t first, std::uint64_t last, std::size_t bytes_max = SIZE_MAX);
  /// Everything that the log holds of a partition, by recovery and reading.
  entries all(std::uint64_t partition = 1);
  /// The indexes of the configurations that recovery tells of.
  std::vector<std::uint64_t> configurations(std::uint64_t partition = 1);

  // -- checks -----------------------------------------------------------------------------------------------------

  static void expect(bool holds, const std::string& what);
  static void expect_equal(std::uint64_t found, std::uint64_t expected, const std::string& what);
  void expect_holds(std::uint64_t partition, const entries& expected);
  void expect_state(std::uint64_t partition, std::uint64_t term, std::uint64_t voted_for);
  void expect_commit(std::uint64_t partition, std::uint64_t commit);
  void expect_boundary(std::uint64_t partition, log_position boundary);
  /// Zero: that none is kept.
  void expect_kept(std::uint64_t partition, std::uint64_t index, const std::string& data = {});
  /// Neither recovery nor reading shows anything of it.
  void expect_unknown(std::uint64_t partition);
  /// That a read is refused with this status, and the message has `part`.
  void expect_unreadable(std::uint64_t partition, std::uint64_t first, std::uint64_t last,
                         status code = status::storage_failed, const std::string& part = {});
  static void expect_refused(const result<done>& x, status code = status::invalid_argument,
                             const std::string& part = {});

private:
  void open();

  template <class T>
  static T must(result<T> x, const std::string& what) {
    if (!x)
      throw violation{what + " failed: " + x.error().message};
    return std::move(*x);
  }

  const wal_conformance_fixture& fixture_;
  std::unique_ptr<wal> log_;
};

// -- the cases ----------------------------------------------------------------------------------------------------

struct case_row {
  const char* about;
  const char* name;
  void (*check)(subject&);
};

std::vector<case_row> writing_cases();
std::vector<case_row> cutting_cases();
std::vector<case_row> refusal_cases();
std::vector<case_row> reading_cases();
std::vector<case_row> compaction_cases();
std::vector<case_row> snapshot_cases();
std::vector<case_row> partition_cases();
std::vector<case_row> crash_cases();
std::vector<case_row> random_cases();

} // namespace kommander::conformance
