/// Which keys a partition owns, as its own log says: what a partition serves never depends on how far a node has followed
/// the partition map. An operation's steps are `control` entries of the partitions that it concerns. Every replica computes
/// this from the log alone. Pure.
///
/// At most one operation at a time concerns a partition, and their ids ascend: what comes of an operation after its end, or
/// of an earlier one, changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kommander/encoding.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"

namespace kommander {

enum class ownership_step : std::uint8_t {
  fence = 0,    ///< The source takes no more writes for what moves.
  unfence = 1,  ///< The operation is rolled back: it takes them again.
  import = 2,   ///< A part of what moves, in the target.
  activate = 3, ///< The target owns what has moved, and serves it.
  release = 4,  ///< The source of a split owns it no more, and forgets it.
  discard = 5,  ///< The target of a merge that was rolled back forgets what it got.
  ready = 6,    ///< Asks whether the partition has a leader that takes entries; changes nothing, and is no entry.
};

/// What a `control` entry of a data partition says.
struct ownership_change {
  ownership_step step = ownership_step::fence;
  moving_state what;
  generation current;        ///< What the partition has from then on. Import: unused.
  hash_range owns;           ///< Activate and release of routed partitions: all that it owns from then on.
  bool without_data = false; ///< Activate: nothing was imported, and nothing had to be.
  std::uint64_t attempt = 0; ///< Import: a later one replaces what came with an earlier one, unless that is complete.
  std::uint64_t number = 0;  ///< Import: of the part, from 0.
  std::uint64_t offset = 0;  ///< Import: where `data` begins.
  bytes library;             ///< Import, number 0: the library's own state of what moves.
  bytes data;                ///< Import: as the source's machine exported it.
  bool last = false;         ///< Import: nothing follows.

  friend bool operator==(const ownership_change&, const ownership_change&) = default;
};

bytes encode(const ownership_change& x);

/// Nothing if `x` is none.
std::optional<ownership_change> decode_ownership_change(const bytes& x);

class ownership {
public:
  ownership() = default;

  /// As the partition was created.
  explicit ownership(const partition_info& birth);

  /// What became of a change: `success` if it is in force, also from before; `errored` otherwise.
  struct outcome {
    status code = status::success;
    bool is_new = false; ///< It has changed something.
    std::string reason;  ///< For people; empty on success.
    bytes library;       ///< Activate: what was imported with number 0.
  };

  outcome commit(const ownership_change& x);

  /// Why a request that names these does not belong here; nothing if it does.
  [[nodiscard]] std::optional<std::string> refusal(std::uint32_t place, generation expected) const;

  /// True if what has this place, or none, is fenced.
  [[nodiscard]] bool is_fenced(std::uint32_t place) const noexcept;

  /// False: it is being filled by a split.
  [[nodiscard]] bool serves() const noexcept {
    return serves_;
  }

  [[nodiscard]] generation current() const noexcept {
    return current_;
  }

  /// The operation whose fence is in force.
  [[nodiscard]] const std::optional<moving_state>& fence() const noexcept {
    return fence_;
  }

  void encode(byte_writer& out) const;
  static ownership decode(byte_reader& in);

  friend bool operator==(const ownership&, const ownership&) = default;

private:
  /// What comes from a source.
  struct incoming {
    operation_id operation;
    std::uint64_t attempt = 0;
    std::uint64_t next = 0; ///< The number of the next part.
    bool complete = false;
    bytes library;

    friend bool operator==(const incoming&, const incoming&) = default;
  };

  outcome commit_fence(const ownership_change& x);
  outcome commit_unfence(const ownership_change& x);
  outcome commit_import(const ownership_change& x);
  outcome commit_activate(const ownership_change& x);
  outcome commit_release(const ownership_change& x);
  outcome commit_discard(const ownership_change& x);
  void end(const ownership_change& x);

  generation current_{1};
  bool serves_ = true;
  bool routed_ = false;
  hash_range owns_;
  std::optional<moving_state> fence_;
  std::optional<incoming> incoming_;
  operation_id last_over_; ///< The last operation that has ended here.
};

} // namespace kommander
