/// What nodes ask of each other beside Raft's own messages, as plain values; they travel as `node_call` and `node_answer`.
/// Each is for whoever leads a partition. Free of CAF.
#pragma once

#include <optional>
#include <string>
#include <variant>

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

using node_request = std::variant<control_proposal, range_export>;
using node_reply = std::variant<control_result, range_part>;

/// Whose leader `x` is for.
partition_id partition_of(const node_request& x) noexcept;

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
