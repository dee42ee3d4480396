/// Ids of nodes as they stand in a log's metadata. Free of CAF.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kommander/types.hpp"

namespace kommander {

/// The key of a value of the log's metadata: who voted in partition 0 at first, as long as its log does not tell. Bound to the
/// log when it is first used, since it must never be anything else.
inline constexpr const char* first_members_key = "members";

/// In place of a list: the log's node is none of its cluster's first members.
inline constexpr std::string_view joined_later = "none";

/// Numbers, separated by commas.
std::string format_node_list(const std::vector<node_id>& ids);

/// Nothing if `text` is not what `format_node_list` writes. `joined_later` is an empty list.
std::optional<std::vector<node_id>> parse_node_list(std::string_view text);

} // namespace kommander
