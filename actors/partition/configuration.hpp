/// How the members of a group change (Raft paper, section 6; thesis, chapter 4; design rule 6): which change is allowed,
/// what is written into the log for it, and which configuration holds at which index. Pure.
///
/// A configuration holds from the moment its entry is in a node's log, committed or not, until another one follows or the
/// entry is cut off. Voters change one at a time directly, since the majorities before and after then have a node in
/// common. Any other change of voters goes through a joint configuration in which both majorities are needed; when it is
/// committed, its leader appends the final one. Learners may change freely at any of these steps: they never count.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/partition/quorum.hpp"
#include "kommander/bytes.hpp"
#include "kommander/status.hpp"
#include "kommander/wal.hpp"

namespace kommander {

/// The most nodes that one of a configuration's lists may name.
inline constexpr std::size_t configuration_nodes_max = 64;

/// The first step from one configuration to another.
struct configuration_step {
  status code = status::success; ///< Else nothing may be changed.
  group_configuration next;      ///< Equal to the present one if there is nothing to do.
};

/// The first step from `now` to a group of these `voters` and `learners`, in any order.
///
/// Errors: `concurrent_membership_change` if `now` is joint; `insufficient_voters` without voters; `invalid_argument` if
/// a list names node zero, a node twice or more than `configuration_nodes_max`, or if both lists name a node.
configuration_step first_step(const group_configuration& now, std::vector<node_id> voters,
                              std::vector<node_id> learners);

/// What a joint configuration ends in.
group_configuration final_step(const group_configuration& joint);

// -- encoding -----------------------------------------------------------------------------------------------------

/// The payload of a `config` entry: a version byte (1), then voters, learners and old voters: the count of each list and
/// its ids in ascending order, as varints.
bytes encode(const group_configuration& x);

/// Nothing if `payload` is not what `encode` makes of a configuration that `first_step` or `final_step` can give.
std::optional<group_configuration> decode_configuration(const bytes& payload);

// -- by index -----------------------------------------------------------------------------------------------------

/// The configurations that a log holds, each from the index of its entry on.
class configuration_history {
public:
  /// `initial` holds where the log has none. `found` is as `recovered_partition::configs`.
  configuration_history(group_configuration initial, const std::vector<entry>& found);

  /// False if an entry that was found cannot be decoded.
  [[nodiscard]] bool ok() const noexcept {
    return ok_;
  }

  [[nodiscard]] const group_configuration& current() const noexcept {
    return items_.back().group;
  }

  /// The index of the present configuration's entry; zero for the initial one.
  [[nodiscard]] log_index index() const noexcept {
    return items_.back().index;
  }

  /// What holds at `index`, seen from a log that ends there.
  [[nodiscard]] const group_configuration& at(log_index index) const noexcept;

  /// The index of the configuration that holds at `index`; zero for the initial one.
  [[nodiscard]] log_index index_at(log_index index) const noexcept;

  /// All members from the configuration at `index` on, sorted.
  [[nodiscard]] std::vector<node_id> members_from(log_index index) const;

  /// True if `x` is a member in the configuration at `index` or a later one.
  [[nodiscard]] bool has_member_from(log_index index, node_id x) const noexcept;

  /// All voters, old ones too, of all configurations that are known, and those that `remember` was told, sorted.
  [[nodiscard]] std::vector<node_id> voters_ever() const;

  /// These have been voters, too, and stay so whatever becomes of the log.
  void remember(std::vector<node_id> voters) {
    remembered_ = std::move(voters);
  }

  /// `x`, a `config` entry, was appended. False, and nothing changed, if it cannot be decoded.
  bool append(const entry& x);

  /// Entries at and above `index` were cut off: what held before them holds again.
  void truncate_from(log_index index);

  /// The log was replaced by an empty one, at whose boundary `group` holds, from the entry at `index` on (zero: the initial
  /// configuration).
  void reset(log_index index, const group_configuration& group);

private:
  struct item {
    log_index index;
    group_configuration group;
  };

  std::vector<item> items_; ///< Ascending, never empty.
  std::vector<node_id> remembered_;
  bool ok_ = true;
};

} // namespace kommander
