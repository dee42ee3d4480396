#define CAF_SUITE quorum
#include <caf/test/unit_test.hpp>

#include "actors/partition/quorum.hpp"

using namespace kommander;

namespace {

std::vector<node_id> nodes(std::initializer_list<std::uint64_t> ids) {
  std::vector<node_id> result;
  for (auto id : ids)
    result.emplace_back(id);
  return result;
}

group_configuration group_of(std::size_t size) {
  group_configuration result;
  for (std::size_t i = 1; i <= size; ++i)
    result.voters.emplace_back(i);
  return result;
}

/// Node i has reached `reached[i - 1]`.
log_index majority_of(const std::vector<std::uint64_t>& reached) {
  return majority_index(group_of(reached.size()), [&reached](node_id x) { return log_index{reached[x.value() - 1]}; });
}

/// How many voters have reached at least `index`.
std::size_t count_at_least(const std::vector<std::uint64_t>& reached, std::uint64_t index) {
  std::size_t count = 0;
  for (auto x : reached)
    count += x >= index ? 1 : 0;
  return count;
}

} // namespace

CAF_TEST(a group sorts its voters and counts each once) {
  auto group = group_configuration::of(nodes({7, 3, 7, 1, 3}));
  CAF_CHECK(group.voters == nodes({1, 3, 7}));
  CAF_CHECK(group.is_voter(node_id{3}));
  CAF_CHECK(!group.is_voter(node_id{2}));
  CAF_CHECK(!group.is_voter(node_id{}));
  CAF_CHECK(!group_configuration{}.is_voter(node_id{1}));
}

CAF_TEST(a majority is more than half and so of an even number too) {
  struct row {
    std::size_t voters, majority;
  };
  for (auto [voters, majority] : {row{1, 1}, {2, 2}, {3, 2}, {4, 3}, {5, 3}, {6, 4}, {7, 4}, {8, 5}})
    CAF_CHECK_EQUAL(group_of(voters).majority(), majority);
}

CAF_TEST(the majority index is the largest one that a majority has reached) {
  struct row {
    std::vector<std::uint64_t> reached;
    std::uint64_t expected;
  };
  const std::vector<row> table{
    {{5}, 5},
    {{0}, 0},
    {{5, 9}, 5},
    {{9, 5}, 5},
    {{1, 2, 3}, 2},
    {{3, 3, 0}, 3},
    {{9, 0, 0}, 0},
    {{4, 3, 2, 1}, 2},
    {{4, 4, 1, 1}, 1},
    {{4, 4, 4, 1}, 4},
    {{1, 2, 3, 4, 5}, 3},
    {{5, 5, 1, 1, 1}, 1},
    {{7, 7, 7, 1, 1}, 7},
    {{6, 5, 4, 3, 2, 1}, 3},
    {{1, 2, 3, 4, 5, 6, 7}, 4},
  };
  for (const auto& x : table)
    CAF_CHECK_EQUAL(majority_of(x.reached).value(), x.expected);
}

CAF_TEST(the majority index agrees with counting for every small group) {
  for (std::size_t size = 1; size <= 5; ++size) {
    std::vector<std::uint64_t> reached(size, 0);
    for (std::size_t combination = 0; combination < 1024; ++combination) {
      auto rest = combination;
      for (auto& x : reached) {
        x = rest % 4;
        rest /= 4;
      }
      auto index = majority_of(reached).value();
      auto majority = size / 2 + 1;
      if (count_at_least(reached, index) < majority || count_at_least(reached, index + 1) >= majority)
        CAF_ERROR("wrong for " << size << " voters, combination " << combination);
    }
  }
  CAF_CHECK_EQUAL(majority_of({3, 3, 3}).value(), 3u);
}

CAF_TEST(an empty group reaches nothing and elects nobody) {
  CAF_CHECK_EQUAL(majority_index({}, [](node_id) { return log_index{9}; }).value(), 0u);
  CAF_CHECK(tally({}, nodes({1}), {}) != vote_result::won);
}

CAF_TEST(an election is won by a majority and lost when one is out of reach and else pending) {
  struct row {
    std::size_t voters;
    std::vector<node_id> granted, refused;
    vote_result expected;
  };
  const std::vector<row> table{
    {1, {}, {}, vote_result::pending},
    {1, nodes({1}), {}, vote_result::won},
    {1, {}, nodes({1}), vote_result::lost},
    {2, nodes({1}), {}, vote_result::pending},
    {2, nodes({1}), nodes({2}), vote_result::lost},
    {2, nodes({1, 2}), {}, vote_result::won},
    {3, nodes({1}), nodes({2}), vote_result::pending},
    {3, nodes({1, 3}), nodes({2}), vote_result::won},
    {3, nodes({1}), nodes({2, 3}), vote_result::lost},
    {4, nodes({1, 2}), {}, vote_result::pending},
    {4, nodes({1, 2}), nodes({3}), vote_result::pending},
    {4, nodes({1, 2}), nodes({3, 4}), vote_result::lost},
    {4, nodes({1, 2, 3}), nodes({4}), vote_result::won},
    {5, nodes({1, 2}), nodes({3, 4}), vote_result::pending},
    {5, nodes({1, 2, 5}), nodes({3, 4}), vote_result::won},
    {5, nodes({1, 2}), nodes({3, 4, 5}), vote_result::lost},
  };
  for (const auto& x : table)
    CAF_CHECK(tally(group_of(x.voters), x.granted, x.refused) == x.expected);
}

CAF_TEST(votes of strangers do not count) {
  CAF_CHECK(tally(group_of(3), nodes({1, 8, 9}), {}) == vote_result::pending);
  CAF_CHECK(tally(group_of(3), nodes({1}), nodes({7, 8, 9})) == vote_result::pending);
}
