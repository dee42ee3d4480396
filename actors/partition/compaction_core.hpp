/// When the library's state beside the log is kept, and how much of the log may go. Pure.
///
/// A restart delivers what follows the kept state, so an entry may go only when three things hold it no more:
///  - the state machine: it holds the entry durably, as it reports or as a checkpoint says, by whichever is lower;
///  - the kept state, which is as of that index or a higher one, and was written before (`kept_state`);
///  - whoever asked that it be retained.
/// What a running transfer needs the raft core keeps by itself. If the machine reports nothing and there is no checkpoint,
/// nothing ever goes, unless the log holds nothing that is for the machine.
///
/// The state is captured where it may be needed: at each checkpoint and, for a machine that reports, now and then. A
/// capture waits, with a few others, until the machine holds everything that it is as of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "actors/partition/lazy_deque.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"

namespace kommander {

struct compaction_options {
  std::uint64_t every_operations = 10'000;             ///< So many entries after a pass another one is due,
  std::uint64_t every_bytes = std::uint64_t{64} << 20; ///< or after so many bytes of entries.
  std::uint64_t entries_max = 5000;                    ///< In one step of a pass.
};

/// Whoever has entries retained.
using hold_id = std::uint64_t;

class compaction_core {
public:
  /// How a partition starts.
  struct start {
    log_index boundary;
    log_index kept;
    log_index checkpoint; ///< The last one at or below `kept`; zero: none.
    /// The machine was asked, and holds this much durably. None: it does not tell, or has not yet.
    std::optional<log_index> durable;
  };

  compaction_core(const compaction_options& options, const start& from);

  // -- what happens -------------------------------------------------------------------------------------------------

  /// So many committed entries came, to be handed over to the machine.
  void committed(std::uint64_t entries, std::uint64_t bytes);

  /// A checkpoint stands at `index`. It holds when the machine has answered for everything before it.
  void checkpoint_at(log_index index);

  /// The machine has answered for everything up to `index`, and holds everything up to `durable` durably; zero: it does
  /// not say.
  void handled(log_index index, log_index durable);

  /// Nothing that stands up to `index` means anything to the machine; zero: something does.
  void machine_needs_nothing(log_index index) noexcept {
    silent_ = index;
  }

  /// The machine was asked, and holds everything up to `durable` durably, though it may not have been handled here.
  void machine_holds(log_index durable);

  /// The machine and the library's state were replaced by those as of `index`, and the log begins after it.
  void installed(log_index index, log_index checkpoint);

  // -- captures -----------------------------------------------------------------------------------------------------

  /// True if the state should be captured where it is now, though no checkpoint stands there.
  [[nodiscard]] bool wants_capture() const noexcept;

  /// The state as of its index, above that of the last capture.
  void capture(kept_state state);

  // -- what is to be done -------------------------------------------------------------------------------------------

  /// One step: `keep` is to be written first, then everything up to `up_to` may go. Either may be missing.
  struct step {
    std::optional<kept_state> keep;
    log_index up_to;
  };

  /// The next step; it is under way until `ended`. None while one is, or while nothing is to be done.
  std::optional<step> next();

  /// The step is done, and the log begins after `boundary` now.
  void ended(log_index boundary);

  // -- holds --------------------------------------------------------------------------------------------------------

  /// Retains the entries from `index` on for `owner`, in place of what it had retained before.
  void hold(hold_id owner, log_index index);
  void release(hold_id owner);

  // -- observers ----------------------------------------------------------------------------------------------------

  [[nodiscard]] log_index kept() const noexcept {
    return kept_;
  }

  [[nodiscard]] log_index checkpoint() const noexcept {
    return checkpoint_;
  }

  [[nodiscard]] std::size_t holds() const noexcept {
    return holds_.size();
  }

  [[nodiscard]] std::size_t captures() const noexcept {
    return captures_.size();
  }

private:
  [[nodiscard]] std::optional<log_index> machine_floor() const noexcept;
  [[nodiscard]] log_index target() const noexcept;
  [[nodiscard]] bool exceeds(std::uint64_t entries, std::uint64_t bytes) const noexcept;
  void end_pass() noexcept;

  compaction_options options_;
  log_index boundary_, kept_, checkpoint_, handled_;
  log_index silent_; ///< Up to here the log holds entries of the library's own only.
  std::optional<log_index> durable_;
  lazy_deque<log_index> checkpoints_; ///< Those that the machine has not answered for.
  lazy_deque<kept_state> captures_;   ///< Above `kept_`, ascending.
  std::map<hold_id, log_index> holds_;
  std::uint64_t entries_ = 0, bytes_ = 0;                 ///< Since the last pass.
  std::uint64_t capture_entries_ = 0, capture_bytes_ = 0; ///< Since the last capture.
  std::uint64_t step_entries_ = 0;                        ///< Of the present pass; zero: none is under way.
  bool busy_ = false;
};

} // namespace kommander
