/// What a leader knows of one peer, and what it may send next (thesis, section 10.2.1; design rule 9). Pure.
#pragma once

#include <cstdint>
#include <map>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/types.hpp"

namespace kommander {

enum class replication_mode : std::uint8_t {
  probe,     ///< The match point is not known: one append at a time.
  replicate, ///< Appends are pipelined, within the limits in flight.
  snapshot,  ///< What the peer needs is compacted away.
};

/// A peer that has left more rounds of heartbeats than this unanswered is not there.
inline constexpr std::uint64_t unanswered_rounds_max = 3;

/// One peer's progress. `match < next` always; everything up to `match` is durable there.
class progress {
public:
  progress(log_index next, std::size_t messages_max, std::size_t bytes_max)
    : next_{next},
      messages_max_{messages_max},
      bytes_max_{bytes_max} {
    // nop
  }

  [[nodiscard]] log_index match() const noexcept {
    return match_;
  }

  [[nodiscard]] log_index next() const noexcept {
    return next_;
  }

  [[nodiscard]] replication_mode mode() const noexcept {
    return mode_;
  }

  /// True if another append may leave now.
  [[nodiscard]] bool may_send() const noexcept;

  /// An append with entries up to `last` has left, of `bytes` weight. In replicate mode `last + 1` is next; in probe mode
  /// nothing more leaves until an answer or a heartbeat's reply has come.
  void sent(log_index last, std::size_t bytes);

  /// The peer holds everything up to `index` durably. True if that is news. In probe mode it is the answer that was
  /// waited for: replication goes on after what the probe carried.
  bool accepted(log_index index);

  /// The peer refused an append after `previous`; the next try goes after `candidate`. False, and nothing changed, if
  /// the refusal is out of date.
  bool refused(log_index previous, log_index candidate);

  /// The peer's disk has lost what it had acknowledged: nothing of it is counted on any more. `last` is what it holds.
  void lost_entries(log_index last);

  /// Back to probing from the match point, with nothing in flight.
  void restart();

  /// What the peer needs is compacted away.
  void needs_snapshot();

  /// The peer has taken over a snapshot up to `index`: probing goes on after it, unless the peer has acknowledged that
  /// much itself. What it holds its answers will tell.
  void installed(log_index index);

  /// The peer answered a heartbeat: a lost probe may be repeated.
  void heard_heartbeat() noexcept {
    probe_out_ = false;
  }

  /// The peer takes no entries for now: none leave until `resume`. What was in flight is sent again then.
  void pause();

  void resume() noexcept {
    paused_ = false;
  }

  [[nodiscard]] bool paused() const noexcept {
    return paused_;
  }

  [[nodiscard]] std::size_t inflight_messages() const noexcept {
    return inflight_.size();
  }

  [[nodiscard]] std::size_t inflight_bytes() const noexcept {
    return inflight_bytes_;
  }

  // -- plain facts that the leader keeps beside the rules above -----------------------------------------------------

  bool recently_active = false;  ///< Heard since the last check of the quorum.
  bool reading = false;          ///< Entries for it are being fetched from the log.
  bool read_failed = false;      ///< The fetch failed; it is repeated with the next heartbeat.
  log_index commit_sent;         ///< The highest commit index that the peer was told.
  std::uint64_t round_heard = 0; ///< The last round of heartbeats that it answered.
  bool fenced = false;           ///< So it said in that answer.
  std::uint64_t round_slept = 0; ///< The last one that it answered asleep.

private:
  struct window_slot {
    log_index last;
    std::size_t bytes;
  };

  log_index match_;
  log_index next_;
  replication_mode mode_ = replication_mode::probe;
  bool probe_out_ = false;
  bool paused_ = false;
  log_index probe_last_; ///< The last entry that the present probe carried.
  std::size_t probe_bytes_ = 0;
  lazy_deque<window_slot> inflight_;
  std::size_t inflight_bytes_ = 0;
  std::size_t messages_max_;
  std::size_t bytes_max_;
};

/// Ordered, so that a run can be replayed.
using progress_map = std::map<node_id, progress>;

} // namespace kommander
