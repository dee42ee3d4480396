#include "actors/raft/values/node_list.hpp"

#include <charconv>

namespace kommander {

std::string format_node_list(const std::vector<node_id>& ids) {
  std::string result;
  for (auto id : ids)
    result += (result.empty() ? "" : ",") + to_string(id);
  return result;
}

std::optional<std::vector<node_id>> parse_node_list(std::string_view text) {
  std::vector<node_id> ids;
  if (text == joined_later)
    return ids;
  while (!text.empty()) {
    std::uint64_t id = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || id == 0)
      return std::nullopt;
    ids.emplace_back(id);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.size() > 1 && text.front() == ',')
      text.remove_prefix(1);
    else if (!text.empty())
      return std::nullopt;
  }
  return ids;
}

} // namespace kommander
