#include "actors/partition/quorum.hpp"

#include <iterator>

namespace kommander {

namespace {

void normalise(std::vector<node_id>& xs) {
  std::sort(xs.begin(), xs.end());
  xs.erase(std::unique(xs.begin(), xs.end()), xs.end());
}

bool contains(const std::vector<node_id>& xs, node_id x) noexcept {
  return std::binary_search(xs.begin(), xs.end(), x);
}

std::size_t majority_of(const std::vector<node_id>& voters) noexcept {
  return voters.size() / 2 + 1;
}

log_index reached_by_majority(const std::vector<node_id>& voters, const std::function<log_index(node_id)>& match) {
  if (voters.empty())
    return {};
  std::vector<log_index> reached;
  reached.reserve(voters.size());
  for (auto voter : voters)
    reached.push_back(match(voter));
  auto nth = reached.begin() + static_cast<std::ptrdiff_t>(majority_of(voters) - 1);
  std::nth_element(reached.begin(), nth, reached.end(), std::greater<>{});
  return *nth;
}

vote_result tally_of(const std::vector<node_id>& voters, const std::vector<node_id>& granted,
                     const std::vector<node_id>& refused) {
  auto count = [&voters](const std::vector<node_id>& votes) {
    auto is_counted = [&voters](node_id x) { return contains(voters, x); };
    return static_cast<std::size_t>(std::count_if(votes.begin(), votes.end(), is_counted));
  };
  if (count(granted) >= majority_of(voters))
    return vote_result::won;
  if (voters.size() - count(refused) < majority_of(voters))
    return vote_result::lost;
  return vote_result::pending;
}

} // namespace

group_configuration group_configuration::of(std::vector<node_id> voters, std::vector<node_id> learners) {
  normalise(voters);
  normalise(learners);
  return {std::move(voters), std::move(learners), {}};
}

bool group_configuration::is_voter(node_id x) const noexcept {
  return contains(voters, x) || contains(old_voters, x);
}

bool group_configuration::is_member(node_id x) const noexcept {
  return is_voter(x) || contains(learners, x);
}

std::vector<node_id> group_configuration::members() const {
  auto all = voters;
  all.insert(all.end(), old_voters.begin(), old_voters.end());
  all.insert(all.end(), learners.begin(), learners.end());
  normalise(all);
  return all;
}

log_index majority_index(const group_configuration& group, const std::function<log_index(node_id)>& match) {
  auto reached = reached_by_majority(group.voters, match);
  return group.is_joint() ? std::min(reached, reached_by_majority(group.old_voters, match)) : reached;
}

vote_result tally(const group_configuration& group, const std::vector<node_id>& granted,
                  const std::vector<node_id>& refused) {
  auto by_new = tally_of(group.voters, granted, refused);
  if (!group.is_joint() || by_new == vote_result::lost)
    return by_new;
  auto by_old = tally_of(group.old_voters, granted, refused);
  return by_old == vote_result::won ? by_new : by_old;
}

} // namespace kommander
