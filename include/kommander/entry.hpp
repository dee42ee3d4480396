/// One entry of a partition's log, and the little that must survive beside the log. Free of CAF.
#pragma once

#include <cstdint>
#include <string>

#include "kommander/bytes.hpp"
#include "kommander/hlc.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// What an entry is for. Part of the disk and wire formats.
enum class entry_kind : std::uint8_t {
  noop = 0,       ///< First entry of each leader's term (Raft paper, section 8); never reaches the application.
  command = 1,    ///< An application's proposal.
  prepared = 2,   ///< A proposal that waits for a decision.
  decision = 3,   ///< Commits or rolls back a prepared one.
  checkpoint = 4, ///< Everything before may be compacted.
  config = 5,     ///< Voters and learners of this group.
  control = 6,    ///< The library's own: the partition map, and who owns which keys.
};

/// True if `x` is one of the enumeration's values.
constexpr bool is_valid(entry_kind x) noexcept {
  return static_cast<std::uint8_t>(x) <= static_cast<std::uint8_t>(entry_kind::control);
}

/// By whom, and as which of its requests, an entry was proposed: what makes a retry known as one. Client zero: not said.
struct entry_origin {
  client_id client;
  std::uint64_t sequence = 0; ///< From 1; each number stands for one proposal.

  friend bool operator==(const entry_origin&, const entry_origin&) = default;
};

/// An entry of the log. `(index, term)` identifies it in its partition for ever (log matching).
struct entry {
  log_index index;
  raft_term term;
  hlc_timestamp time; ///< When it was proposed; for a proposal, its ticket.
  entry_kind kind = entry_kind::command;
  std::string type; ///< The application's name for it, e.g. "OrderCreated"; up to 255 bytes.
  bytes payload;
  entry_origin origin = {};

  friend bool operator==(const entry&, const entry&) = default;

  /// What the entry counts for against limits in bytes: its content and a fixed overhead.
  [[nodiscard]] std::size_t weight() const noexcept {
    return payload.size() + type.size() + (origin.client ? 68 : 48);
  }
};

/// True if `x` and `y`, neighbours in a log, were proposed together: one term and one ticket. Such entries travel and are
/// written together, so every log holds all of them or none. Entries without a time stand alone.
inline bool same_proposal(const entry& x, const entry& y) noexcept {
  return x.time.time != 0 && x.time == y.time && x.term == y.term;
}

/// What the disk of a node may have lost of what the node had promised to others.
enum class log_loss : std::uint8_t {
  none = 0,
  entries = 1,    ///< Entries that were acknowledged; term and vote are as they were.
  everything = 2, ///< Term and vote as well: a disk that is damaged, or an old copy of one.
  unknown = 3,    ///< All or nothing: the disk is wiped, or new. Counts as `everything` until it is known to be new.
};

/// What is lost by both. `unknown` with a loss that is certain is `everything`.
constexpr log_loss combined(log_loss x, log_loss y) noexcept {
  if (x == y || y == log_loss::none)
    return x;
  return x == log_loss::none ? y : log_loss::everything;
}

/// True if term and vote may be lost, too.
constexpr bool may_lack_vote(log_loss x) noexcept {
  return x == log_loss::everything || x == log_loss::unknown;
}

/// Term and vote: one record, durable before any message that depends on it (design rule 1).
struct hard_state {
  raft_term current_term;
  node_id voted_for;              ///< Zero: not voted in this term.
  log_loss lost = log_loss::none; ///< Not none: fenced, takes part only in part until it has been brought up to date.

  friend bool operator==(const hard_state&, const hard_state&) = default;
};

/// An entry's position with its term: what log comparisons are made of.
struct log_position {
  log_index index;
  raft_term term;

  friend bool operator==(const log_position&, const log_position&) = default;
};

} // namespace kommander
