/// Reads that wait to be linearizable: first for the proof of an attempt that began after they arrived, then until what
/// the proof names is applied here (thesis, section 6.4). Pure.
///
/// An attempt is whatever proves who leads: a leader's round of heartbeats, or a follower's request to its leader.
/// Attempts are numbered, ascending and above zero, by whoever makes them. All reads that wait share the next one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/partition/lazy_deque.hpp"
#include "actors/partition/proposals.hpp"

namespace kommander {

/// A read that can be answered with success, or that has to be answered otherwise.
struct settled_read {
  proposal_id id;
  log_index index; ///< What a confirmed read had to wait for; zero if it was not confirmed.

  friend bool operator==(const settled_read&, const settled_read&) = default;
};

/// First in, first out: attempts and deadlines both ascend, and confirmed reads stand before all others.
class read_queue {
public:
  /// Takes a read, which is not a local one. `deadline` is not before that of the last one.
  void add(proposal_id id, read_policy policy, instant deadline);

  /// True if a read waits that no attempt covers.
  [[nodiscard]] bool wants_attempt() const noexcept {
    return !reads_.empty() && reads_.back().attempt == 0;
  }

  /// The oldest attempt that reads wait for; zero if none is under way.
  [[nodiscard]] std::uint64_t oldest_attempt() const noexcept;

  /// An attempt begins now: it covers all reads that no other covers.
  void begin(std::uint64_t attempt);

  /// `attempt` has proved that nothing above `index` was committed when it began: confirms the reads of this attempt and
  /// of all before it.
  void confirm(std::uint64_t attempt, log_index index);

  /// What was asked proves nothing any more: all reads that are not confirmed need another attempt.
  void forget_attempts();

  // -- what leaves the queue ----------------------------------------------------------------------------------------

  /// Confirmed reads for which enough is applied.
  std::vector<settled_read> take_applied(log_index applied);

  /// Reads whose deadline has come.
  std::vector<settled_read> take_expired(instant now);

  /// Unconfirmed reads with this policy.
  std::vector<settled_read> take_unconfirmed(read_policy policy);

  std::vector<settled_read> take_all();

  // -- observers ----------------------------------------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const noexcept {
    return reads_.size();
  }

  /// When the oldest read is given up; `instant::max()` if none waits.
  [[nodiscard]] instant deadline() const noexcept {
    return reads_.empty() ? instant::max() : reads_.front().deadline;
  }

private:
  struct waiting_read {
    proposal_id id;
    read_policy policy = read_policy::leader;
    instant deadline{0};
    std::uint64_t attempt = 0; ///< Zero: none yet.
    log_index index;           ///< Of a confirmed read.
  };

  /// The first read that is not confirmed.
  [[nodiscard]] lazy_deque<waiting_read>::iterator first_open() noexcept;

  /// Takes reads from the front as long as `leaves` says so.
  template <class Predicate>
  std::vector<settled_read> take_front(Predicate leaves);

  lazy_deque<waiting_read> reads_;
  std::size_t confirmed_ = 0; ///< So many reads at the front are confirmed.
};

} // namespace kommander
