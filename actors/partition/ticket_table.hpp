/// Manual proposals that wait for a decision, and how others were decided. Computed from the log alone, so every leader
/// knows the tickets of those before it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/encoding.hpp"
#include "kommander/entry.hpp"
#include "kommander/partition_map.hpp"

namespace kommander {

enum class verdict : std::uint8_t { commit = 0, rollback = 1 };

/// What a `decision` entry says. A ticket of n entries is committed by n of them, one proposal: each delivers one entry,
/// so that all that is delivered has an index of its own. One is enough to roll back.
struct ticket_decision {
  hlc_timestamp ticket;
  verdict what = verdict::commit;
  std::uint64_t part = 0, parts = 1;

  friend bool operator==(const ticket_decision&, const ticket_decision&) = default;
};

bytes encode(const ticket_decision& x);
std::optional<ticket_decision> decode_decision(const bytes& x);

/// A `prepared` entry's payload: the application's, behind the time at which it is to be rolled back (milliseconds since
/// 1970; zero: never) and its place.
bytes prepare(std::uint64_t decide_before, const bytes& payload, std::uint32_t place = any_place);

class ticket_table {
public:
  /// So many decided tickets are remembered; what is said of older ones is `proposal_not_found`. All replicas must agree
  /// on it.
  static constexpr std::size_t decided_max = 4096;

  struct prepared_entry {
    std::string type;
    bytes payload;
    entry_origin origin;

    friend bool operator==(const prepared_entry&, const prepared_entry&) = default;
  };

  struct undecided {
    log_index index; ///< Of the last entry.
    std::uint64_t decide_before = 0;
    std::uint32_t place = any_place; ///< Of what it writes.
    std::vector<prepared_entry> entries;
    hlc_timestamp committed_by; ///< The decision that is delivering it; zero: none.

    friend bool operator==(const undecided&, const undecided&) = default;
  };

  struct decided {
    verdict what = verdict::commit;
    log_index index; ///< Of the last entry of the decision.

    friend bool operator==(const decided&, const decided&) = default;
  };

  /// What became of a decision.
  enum class effect : std::uint8_t {
    decides,     ///< This one counts.
    repeats,     ///< The ticket was decided so before: at `index`.
    contradicts, ///< It was decided otherwise, at `index`.
    unknown,     ///< There is no such ticket (any more).
  };

  struct outcome {
    effect what = effect::decides;
    log_index index;
    std::optional<prepared_entry> deliver;
  };

  /// A committed `prepared` entry. One that cannot be read is left out.
  void commit(const entry& x);

  /// A committed `decision` entry, with what it says.
  outcome commit(const entry& x, const ticket_decision& decision);

  /// What is open, and how others were decided; null: not known.
  [[nodiscard]] const undecided* find_undecided(const hlc_timestamp& ticket) const;
  [[nodiscard]] const decided* find_decided(const hlc_timestamp& ticket) const;

  [[nodiscard]] const std::map<hlc_timestamp, undecided>& open() const noexcept {
    return open_;
  }

  /// What the open tickets hold in memory.
  [[nodiscard]] std::size_t open_bytes() const noexcept {
    return open_bytes_;
  }

  // -- tickets that move to another partition -----------------------------------------------------------------------

  /// The open tickets that `what` takes along, and all that is known of decided ones: what the target is to know.
  [[nodiscard]] ticket_table moving(const moving_state& what) const;

  /// The target takes them over.
  void add(const ticket_table& other);

  /// The source lets them go.
  void drop(const moving_state& what);

  void encode(byte_writer& out) const;
  static ticket_table decode(byte_reader& in);

  friend bool operator==(const ticket_table&, const ticket_table&) = default;

private:
  outcome close(std::map<hlc_timestamp, undecided>::iterator x, const entry& by, const ticket_decision& decision);
  void remember(const hlc_timestamp& ticket, decided x);

  std::map<hlc_timestamp, undecided> open_;
  std::size_t open_bytes_ = 0;
  std::map<hlc_timestamp, decided> decided_;
  lazy_deque<hlc_timestamp> decided_order_; ///< Oldest first.
};

} // namespace kommander
