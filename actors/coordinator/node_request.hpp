/// What nodes ask of each other beside Raft's own messages, as plain values; they travel as `node_call` and `node_answer`.
/// Most are for whoever leads a partition, some for a node itself. Free of CAF.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kommander/bytes.hpp"
#include "kommander/hlc.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/status.hpp"
#include "kommander/types.hpp"

namespace kommander {

/// Append a `control` entry to a partition's log: a step of an operation or, of partition 0, a change of the map.
struct control_proposal {
  partition_id partition;
  bytes payload;

  friend bool operator==(const control_proposal&, const control_proposal&) = default;
};

/// What the log made of it: the answer comes when the entry is applied at the leader.
struct control_result {
  status code = status::errored;
  /// Of the entry; zero if it was not appended. Of a change of the map that is in force already: of the entry that made it,
  /// zero if that is not known any more.
  log_index index;
  node_id leader; ///< Who leads, as far as known.
  std::string reason;

  friend bool operator==(const control_result&, const control_result&) = default;
};

/// Export a part of what moves, from the leader of `what.source`, when it has applied the fence. An empty cursor begins: the
/// first part comes with the library's own state of what moves (sessions and undecided tickets).
struct range_export {
  moving_state what;
  std::uint64_t attempt = 0; ///< Names the export; another number is another export.
  bytes cursor;
  std::uint64_t bytes_max = 0;

  friend bool operator==(const range_export&, const range_export&) = default;
};

struct range_part {
  status code = status::errored;
  node_id leader;
  std::string reason;
  bytes library; ///< In the first part only.
  bytes data;
  bytes cursor; ///< Where it goes on; empty in the last part.
  bool last = false;

  friend bool operator==(const range_part&, const range_part&) = default;
};

/// A group has no more of these: while it changes, those from before and those to come.
inline constexpr std::size_t group_members_max = 2 * members_max;

/// Tell who the members of a partition's group are and how far they have got; with a goal, bring the group to have exactly
/// these members, and answer when it has, or when it certainly does not try.
struct group_request {
  partition_id partition;
  bool has_goal = false;
  std::vector<node_id> voters;   ///< The goal; ascending.
  std::vector<node_id> learners; ///< The goal; ascending.
  /// The roster that the goal is of; of a goal on the way there, the one before. Goals may arrive late, also those of who
  /// leads partition 0 no more: a group that has followed a later roster answers `stale_membership`, and stays as it is.
  roster_version version{};
  /// Not zero: the goal is none of a roster, but that of the partition's own placement of this version. Older ones are refused in
  /// the same way; so are goals of a roster for a partition that has a placement.
  map_version placed{};

  friend bool operator==(const group_request&, const group_request&) = default;
};

/// A member of the group, as its leader knows it.
struct group_peer {
  node_id node;
  std::uint64_t lag = 0; ///< Entries that the leader had a tick ago, and this one is not known to have on its disk.
  bool known = false;    ///< It has answered this leader lately, so that `lag` means something.

  friend bool operator==(const group_peer&, const group_peer&) = default;
};

/// Success: the goal is reached, committed, and no joint configuration holds; without a goal: as things are.
struct group_report {
  status code = status::errored;
  node_id leader;
  std::string reason;
  bool settled = false;          ///< The configuration that holds is committed, and not joint.
  std::vector<node_id> voters;   ///< Ascending.
  std::vector<node_id> learners; ///< Ascending.
  std::vector<group_peer> peers; ///< All members but the leader, ascending.

  friend bool operator==(const group_report&, const group_report&) = default;
};

/// A step of a member, from a node that may be none yet: whoever gets it passes it on to the leader of partition 0.
struct member_request {
  bytes change; ///< As in a `control` entry of partition 0; only a `member_change` is taken.

  friend bool operator==(const member_request&, const member_request&) = default;
};

/// Advice: let `target` lead this partition. Its leader does so if `target` votes in the group and has nearly all of the log;
/// otherwise, or if anything else goes on there, it refuses at once, and nothing has happened. The answer has no index.
struct handover_request {
  partition_id partition;
  node_id target;

  friend bool operator==(const handover_request&, const handover_request&) = default;
};

/// What the node that gets it leads. It is answered from what that node knows anyway: no partition is asked or woken.
struct load_request {
  friend bool operator==(const load_request&, const load_request&) = default;
};

struct led_load {
  partition_id partition;
  std::uint64_t led_for_seconds = 0;
  std::uint64_t operations_per_second = 0; ///< Entries proposed there.

  friend bool operator==(const led_load&, const led_load&) = default;
};

struct load_report {
  status code = status::errored;
  node_id leader; ///< The node that answers.
  std::string reason;
  bool reluctant = false;    ///< It should not get more to lead now: its disk has not kept up lately.
  std::vector<led_load> led; ///< Ascending by partition; those that take proposals there, without partition 0.

  friend bool operator==(const load_report&, const load_report&) = default;
};

/// How far a learner is; for the node that leads partition 0.
struct progress_request {
  node_id node;

  friend bool operator==(const progress_request&, const progress_request&) = default;
};

/// `member_not_found`: it is no learner, as far as is known there.
struct progress_report {
  status code = status::errored;
  node_id leader;
  std::string reason;
  std::uint64_t caught_up = 0; ///< As in `join_progress`.
  std::uint64_t partitions = 0;

  friend bool operator==(const progress_report&, const progress_report&) = default;
};

using node_request = std::variant<control_proposal, range_export, group_request, member_request, handover_request,
                                  load_request, progress_request>;
using node_reply = std::variant<control_result, range_part, group_report, load_report, progress_report>;

/// Whose leader `x` is for; partition 0 of all that is for a node or about the roster.
partition_id partition_of(const node_request& x) noexcept;

/// True: the node itself answers it, none of its partitions.
bool is_for_node(const node_request& x) noexcept;

/// What is answered to `x` when it cannot be carried out.
node_reply refusal_of(const node_request& x, status code, node_id leader, std::string reason);

/// True if `reply` is of the kind that `request` asks for.
bool answers(const node_reply& reply, const node_request& request) noexcept;

/// Reasons are cut after 1,024 bytes.
bytes encode(const node_request& x);
bytes encode(const node_reply& x);

/// Nothing if `x` is none.
std::optional<node_request> decode_node_request(const bytes& x);
std::optional<node_reply> decode_node_reply(const bytes& x);

} // namespace kommander
