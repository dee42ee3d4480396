#include "actors/partition/quorum.hpp"

namespace kommander {

group_configuration group_configuration::of(std::vector<node_id> voters) {
  std::sort(voters.begin(), voters.end());
  voters.erase(std::unique(voters.begin(), voters.end()), voters.end());
  return {std::move(voters)};
}

bool group_configuration::is_voter(node_id x) const noexcept {
  return std::binary_search(voters.begin(), voters.end(), x);
}

log_index majority_index(const group_configuration& group, const std::function<log_index(node_id)>& match) {
  if (group.voters.empty())
    return {};
  std::vector<log_index> reached;
  reached.reserve(group.voters.size());
  for (auto voter : group.voters)
    reached.push_back(match(voter));
  auto nth = reached.begin() + static_cast<std::ptrdiff_t>(group.majority() - 1);
  std::nth_element(reached.begin(), nth, reached.end(), std::greater<>{});
  return *nth;
}

vote_result tally(const group_configuration& group, const std::vector<node_id>& granted,
                  const std::vector<node_id>& refused) {
  auto count = [&group](const std::vector<node_id>& votes) {
    auto is_counted = [&group](node_id x) { return group.is_voter(x); };
    return static_cast<std::size_t>(std::count_if(votes.begin(), votes.end(), is_counted));
  };
  if (count(granted) >= group.majority())
    return vote_result::won;
  if (group.voters.size() - count(refused) < group.majority())
    return vote_result::lost;
  return vote_result::pending;
}

} // namespace kommander
