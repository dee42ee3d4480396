/// A partition's log as its core sees it: the term of every kept entry, and the newest entries themselves. Pure.
///
/// Entries leave memory when the cache is full and nothing pins them; their terms stay, as runs, so that log
/// comparisons never need storage. What is not in memory is fetched from the write-ahead log by the owner.
#pragma once

#include <optional>
#include <vector>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/entry.hpp"
#include "kommander/wal.hpp"

namespace kommander {

class raft_log {
public:
  /// Starts with what was recovered; no entry is in memory then.
  raft_log(const recovered_partition& recovered, std::size_t cache_bytes_max);

  // -- positions --------------------------------------------------------------------------------------------------

  /// The last entry that was compacted away; index zero if none was.
  [[nodiscard]] log_position boundary() const noexcept {
    return boundary_;
  }

  /// The first entry kept, whether in memory or not; `last() + 1` if there is none.
  [[nodiscard]] log_index first() const noexcept {
    return boundary_.index + 1;
  }

  [[nodiscard]] log_index last() const noexcept {
    return last_;
  }

  /// The last entry with its term; the boundary if the log is empty.
  [[nodiscard]] log_position last_position() const noexcept;

  /// The term of the entry at `index`; of the boundary at the boundary, zero at index zero; none if unknown.
  [[nodiscard]] std::optional<raft_term> term_at(log_index index) const noexcept;

  /// True if the log holds an entry (or its boundary) of this index and term.
  [[nodiscard]] bool matches(const log_position& position) const noexcept;

  /// True if a log that ends with `other` is at least as up to date as this one (Raft paper, section 5.4.1).
  [[nodiscard]] bool is_up_to_date(const log_position& other) const noexcept;

  /// The first index kept of the run of entries with one term that `index` belongs to.
  [[nodiscard]] log_index first_of_term_at(log_index index) const noexcept;

  /// The last entry at or below `index` whose term is not above `term`: where to look next after a conflict.
  [[nodiscard]] log_index last_not_above(log_index index, raft_term term) const noexcept;

  // -- content ----------------------------------------------------------------------------------------------------

  /// Appends the entry that follows the last one, of a term not below the last one's.
  void append(entry x);

  /// Removes all entries at and above `index`, which must be above the boundary.
  void truncate_from(log_index index);

  /// Forgets the entries up to and including `index`, one of the log's, which becomes the boundary.
  void compact(log_index index);

  /// Forgets all entries: the log is empty and goes on after `boundary`.
  void reset(const log_position& boundary);

  /// True if the entries at `index` and after it are known to be of one proposal.
  [[nodiscard]] bool splits_proposal(log_index index) const noexcept;

  /// The first entry in memory; `last() + 1` if none is.
  [[nodiscard]] log_index first_in_memory() const noexcept {
    return last_ + 1 - memory_.size();
  }

  /// Entries `first` … `last` from memory, stopping after `bytes_max` of weight but never before the first one, and never
  /// within a proposal. Empty if `first` is not in memory.
  [[nodiscard]] std::vector<entry> slice(log_index first, log_index last, std::size_t bytes_max) const;

  /// The entry at `index` if it is in memory.
  [[nodiscard]] const entry* find(log_index index) const noexcept;

  /// Drops entries up to and including `unpinned` from memory, oldest first and whole proposals, while the cache is over
  /// its limit.
  void evict(log_index unpinned) {
    evict(unpinned, cache_bytes_max_);
  }

  /// The same with another limit.
  void evict(log_index unpinned, std::size_t bytes_max);

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return memory_bytes_;
  }

  [[nodiscard]] const std::vector<term_run>& terms() const noexcept {
    return terms_;
  }

private:
  log_position boundary_;
  log_index last_;
  std::vector<term_run> terms_; ///< Of (boundary, last], ascending, no two neighbours of one term.
  lazy_deque<entry> memory_;    ///< The newest entries, contiguous up to `last_`.
  std::size_t memory_bytes_ = 0;
  std::size_t cache_bytes_max_;
};

} // namespace kommander
