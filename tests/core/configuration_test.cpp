#define CAF_SUITE configuration
#include "actors/partition/configuration.hpp"

#include <caf/test/unit_test.hpp>

using namespace kommander;

namespace {

using ids = std::vector<std::uint64_t>;

std::vector<node_id> list(const ids& xs) {
  std::vector<node_id> result;
  for (auto x : xs)
    result.emplace_back(x);
  return result;
}

group_configuration group(const ids& voters, const ids& learners = {}, const ids& old_voters = {}) {
  return {list(voters), list(learners), list(old_voters)};
}

entry config_at(std::uint64_t index, const group_configuration& x) {
  return {log_index{index}, raft_term{1}, {}, entry_kind::config, {}, encode(x)};
}

} // namespace

CAF_TEST(the first step of a change is direct for one voter and joint for more) {
  struct row {
    group_configuration now;
    ids voters, learners;
    status code;
    group_configuration next;
  };
  const auto three = group({1, 2, 3});
  const row table[] = {
    {three, {1, 2, 3}, {}, status::success, three},
    {three, {3, 1, 2}, {}, status::success, three},
    {three, {1, 2, 3}, {4}, status::success, group({1, 2, 3}, {4})},
    {three, {1, 2, 3}, {6, 4, 5}, status::success, group({1, 2, 3}, {4, 5, 6})},
    {group({1, 2, 3}, {4}), {1, 2, 3, 4}, {}, status::success, group({1, 2, 3, 4})},
    {group({1, 2, 3}, {4}), {1, 2, 3}, {}, status::success, three},
    {three, {1, 2}, {}, status::success, group({1, 2})},
    {three, {1, 2}, {3}, status::success, group({1, 2}, {3})},
    {three, {1, 2, 3, 4}, {5}, status::success, group({1, 2, 3, 4}, {5})},
    {three, {1, 2, 4}, {}, status::success, group({1, 2, 4}, {}, {1, 2, 3})},
    {three, {4, 5, 6}, {}, status::success, group({4, 5, 6}, {}, {1, 2, 3})},
    {three, {4, 5, 6}, {1}, status::success, group({4, 5, 6}, {1}, {1, 2, 3})},
    {three, {1}, {}, status::success, group({1}, {}, {1, 2, 3})},
    {three, {1, 2, 3, 4, 5}, {}, status::success, group({1, 2, 3, 4, 5}, {}, {1, 2, 3})},
    {group({1}), {2}, {}, status::success, group({2}, {}, {1})},
    {three, {}, {1}, status::insufficient_voters, three},
    {three, {0, 1}, {}, status::invalid_argument, three},
    {three, {1, 2}, {0}, status::invalid_argument, three},
    {three, {1, 2, 2}, {}, status::invalid_argument, three},
    {three, {1, 2}, {4, 4}, status::invalid_argument, three},
    {three, {1, 2, 3}, {3}, status::invalid_argument, three},
    {group({1, 2}, {}, {3, 4}), {1, 2}, {}, status::concurrent_membership_change, group({1, 2}, {}, {3, 4})},
  };
  for (const auto& x : table) {
    auto step = first_step(x.now, list(x.voters), list(x.learners));
    CAF_CHECK_EQUAL(step.code, x.code);
    CAF_CHECK(step.next == x.next);
  }
}

CAF_TEST(a list of more nodes than the limit is refused) {
  ids many;
  for (std::uint64_t i = 1; i <= configuration_nodes_max; ++i)
    many.push_back(i);
  CAF_CHECK_EQUAL(first_step(group({1}), list(many), {}).code, status::success);
  many.push_back(many.size() + 1);
  CAF_CHECK_EQUAL(first_step(group({1}), list(many), {}).code, status::invalid_argument);
  CAF_CHECK_EQUAL(first_step(group({1}), list({100}), list(many)).code, status::invalid_argument);
}

CAF_TEST(majorities before and after each step have a voter in common) {
  // All groups of up to five nodes, as bits; a step from one to another must never allow two majorities apart.
  auto voters_of = [](unsigned bits) {
    ids xs;
    for (std::uint64_t i = 0; i < 5; ++i)
      if ((bits >> i & 1u) != 0)
        xs.push_back(i + 1);
    return list(xs);
  };
  auto wins = [&](const group_configuration& x, unsigned bits) {
    return tally(x, voters_of(bits), {}) == vote_result::won;
  };
  unsigned found_apart = 0;
  for (unsigned from = 1; from < 32; ++from)
    for (unsigned to = 1; to < 32; ++to) {
      group_configuration now{voters_of(from), {}, {}};
      auto next = first_step(now, voters_of(to), {}).next;
      for (unsigned bits = 0; bits < 32; ++bits) {
        found_apart += wins(now, bits) && wins(next, ~bits & 31u) ? 1 : 0;
        if (next.is_joint())
          found_apart += wins(next, bits) && wins(final_step(next), ~bits & 31u) ? 1 : 0;
      }
    }
  CAF_CHECK_EQUAL(found_apart, 0u);
}

CAF_TEST(a joint configuration ends in its new voters and learners) {
  CAF_CHECK(final_step(group({4, 5}, {1}, {1, 2, 3})) == group({4, 5}, {1}));
}

CAF_TEST(a joint configuration needs both majorities) {
  auto joint = group({3, 4, 5}, {6}, {1, 2, 3});
  CAF_CHECK(tally(joint, list({3, 4}), {}) == vote_result::pending);
  CAF_CHECK(tally(joint, list({1, 2}), {}) == vote_result::pending);
  CAF_CHECK(tally(joint, list({1, 3, 4}), {}) == vote_result::won);
  CAF_CHECK(tally(joint, list({1, 3}), list({4, 5})) == vote_result::lost);
  CAF_CHECK(tally(joint, list({3, 4, 5}), list({1, 2})) == vote_result::lost);
  CAF_CHECK(tally(joint, list({6, 3, 4}), {}) == vote_result::pending);
  auto reached = [](node_id x) { return x <= node_id{2} ? log_index{7} : log_index{3}; };
  CAF_CHECK_EQUAL(majority_index(joint, reached), log_index{3});
  CAF_CHECK_EQUAL(majority_index(group({1, 2, 4}, {}, {1, 2, 3}), reached), log_index{7});
}

CAF_TEST(learners are members that do not count) {
  auto x = group({1, 2, 3}, {4, 5});
  CAF_CHECK(x.is_member(node_id{4}) && !x.is_voter(node_id{4}) && !x.is_member(node_id{6}));
  CAF_CHECK(x.members() == list({1, 2, 3, 4, 5}));
  CAF_CHECK(tally(x, list({1, 4, 5}), {}) == vote_result::pending);
  CAF_CHECK_EQUAL(majority_index(x, [](node_id n) { return log_index{n.value()}; }), log_index{2});
  CAF_CHECK(group({4}, {1}, {1}).is_voter(node_id{1}));
  CAF_CHECK(group({1}, {2}).is_only_voter(node_id{1}));
  CAF_CHECK(!group({1}, {}, {2}).is_only_voter(node_id{1}));
}

CAF_TEST(a configuration survives its encoding) {
  for (const auto& x : {group({1}), group({1, 2, 3}, {400, 500}), group({~std::uint64_t{0}}, {7}, {1, 7, 300})})
    CAF_CHECK(decode_configuration(encode(x)) == x);
}

CAF_TEST(a payload that no change makes is not decoded) {
  for (const auto& x : {group({}), group({0, 1}), group({2, 1}), group({1, 1}), group({1, 2}, {2}), group({1}, {0}),
                        group({1}, {}, {3, 2}), group({1}, {}, {0})})
    CAF_CHECK(!decode_configuration(encode(x)));
  auto good = std::string{encode(group({1, 2}, {3}, {1})).view()};
  for (std::size_t size = 0; size < good.size(); ++size)
    CAF_CHECK(!decode_configuration(bytes{good.substr(0, size)}));
  CAF_CHECK(!decode_configuration(bytes{good + '\0'}));
  good[0] = 2;
  CAF_CHECK(!decode_configuration(bytes{good}));
}

CAF_TEST(the last configuration of the log holds and a cut brings back the one before) {
  configuration_history x{group({1}), {config_at(3, group({1, 2})), config_at(5, group({2}, {1}))}};
  CAF_CHECK(x.ok());
  CAF_CHECK(x.current() == group({2}, {1}));
  CAF_CHECK_EQUAL(x.index(), log_index{5});
  CAF_CHECK(x.at(log_index{2}) == group({1}) && x.at(log_index{3}) == group({1, 2}));
  CAF_CHECK(x.append(config_at(9, group({2, 3}))));
  CAF_CHECK(x.members_from(log_index{8}) == list({1, 2, 3}));
  CAF_CHECK(x.members_from(log_index{9}) == list({2, 3}));
  x.truncate_from(log_index{9});
  CAF_CHECK(x.current() == group({2}, {1}));
  x.truncate_from(log_index{4});
  CAF_CHECK(x.current() == group({1, 2}));
  x.truncate_from(log_index{1});
  CAF_CHECK(x.current() == group({1}));
}

CAF_TEST(an entry that is no configuration changes nothing and is told) {
  entry broken{log_index{2}, raft_term{1}, {}, entry_kind::config, {}, bytes{"nonsense"}};
  configuration_history x{group({1}), {}};
  CAF_CHECK(!x.append(broken));
  CAF_CHECK(x.current() == group({1}));
  CAF_CHECK(!(configuration_history{group({1}), {broken, config_at(3, group({2}))}}.ok()));
}
