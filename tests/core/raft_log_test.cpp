#define CAF_SUITE raft_log
#include <caf/test/unit_test.hpp>

#include <random>

#include "actors/partition/raft_log.hpp"

using namespace kommander;

namespace {

constexpr std::size_t unlimited = SIZE_MAX;

entry make_entry(std::uint64_t index, std::uint64_t term, std::size_t size = 1) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, {}, bytes{std::string(size, 'x')}};
}

/// The weight of `make_entry` with its default size.
const std::size_t one = make_entry(1, 1).weight();

/// A log with one entry for each term, in memory.
raft_log log_of(std::initializer_list<std::uint64_t> terms, std::size_t cache = unlimited) {
  raft_log result{{}, cache};
  std::uint64_t index = 0;
  for (auto term : terms)
    result.append(make_entry(++index, term));
  return result;
}

/// Compacted up to 10/3, then 11/3 12/3 13/5 14/8 15/8, nothing in memory.
recovered_partition recovered_example() {
  recovered_partition result;
  result.boundary = {log_index{10}, raft_term{3}};
  result.last = log_index{15};
  result.terms = {{log_index{11}, raft_term{3}}, {log_index{13}, raft_term{5}}, {log_index{14}, raft_term{8}}};
  return result;
}

std::vector<std::uint64_t> indexes_of(const std::vector<entry>& entries) {
  std::vector<std::uint64_t> result;
  for (const auto& x : entries)
    result.push_back(x.index.value());
  return result;
}

using indexes = std::vector<std::uint64_t>;

} // namespace

// -- positions ---------------------------------------------------------------------------------------------------

CAF_TEST(an empty log ends before its first entry) {
  raft_log log{{}, unlimited};
  CAF_CHECK_EQUAL(log.first().value(), 1u);
  CAF_CHECK_EQUAL(log.last().value(), 0u);
  CAF_CHECK(log.last_position() == log_position{});
  CAF_CHECK(log.term_at(log_index{}) == raft_term{});
  CAF_CHECK(!log.term_at(log_index{1}));
  CAF_CHECK(log.matches({}));
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 1u);
}

CAF_TEST(a recovered log knows the term of every entry though none is in memory) {
  raft_log log{recovered_example(), unlimited};
  CAF_CHECK_EQUAL(log.first().value(), 11u);
  CAF_CHECK(log.last_position() == (log_position{log_index{15}, raft_term{8}}));
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 16u);
  CAF_CHECK_EQUAL(log.memory_bytes(), 0u);
  struct row {
    std::uint64_t index, term;
  };
  for (auto [index, term] : {row{10, 3}, {11, 3}, {12, 3}, {13, 5}, {14, 8}, {15, 8}}) {
    CAF_CHECK(log.term_at(log_index{index}) == raft_term{term});
    CAF_CHECK(log.matches({log_index{index}, raft_term{term}}));
    CAF_CHECK(!log.matches({log_index{index}, raft_term{term + 1}}));
  }
  for (std::uint64_t index : {0, 9, 16})
    CAF_CHECK(!log.term_at(log_index{index}));
  CAF_CHECK(log.slice(log_index{11}, log_index{15}, unlimited).empty());
  CAF_CHECK(log.find(log_index{15}) == nullptr);
}

CAF_TEST(a recovered log without entries ends at its boundary) {
  recovered_partition recovered;
  recovered.boundary = {log_index{10}, raft_term{3}};
  recovered.last = log_index{10};
  raft_log log{recovered, unlimited};
  CAF_CHECK(log.last_position() == recovered.boundary);
  CAF_CHECK_EQUAL(log.first().value(), 11u);
  log.append(make_entry(11, 3));
  CAF_CHECK(log.terms() == (std::vector<term_run>{{log_index{11}, raft_term{3}}}));
}

CAF_TEST(logs compare by the last term first and by length second) {
  auto log = log_of({1, 1, 4});
  struct row {
    std::uint64_t index, term;
    bool expected;
  };
  for (auto [index, term, expected] :
       {row{3, 4, true}, {4, 4, true}, {2, 4, false}, {1, 5, true}, {9, 3, false}, {0, 0, false}})
    CAF_CHECK_EQUAL(log.is_up_to_date({log_index{index}, raft_term{term}}), expected);
  CAF_CHECK((raft_log{{}, unlimited}.is_up_to_date({})));
}

CAF_TEST(terms are kept as runs without equal neighbours) {
  auto log = log_of({1, 1, 2, 2, 2, 7});
  CAF_CHECK(log.terms()
            == (std::vector<term_run>{
              {log_index{1}, raft_term{1}}, {log_index{3}, raft_term{2}}, {log_index{6}, raft_term{7}}}));
}

CAF_TEST(the first entry of a term is found from each of its entries) {
  raft_log log{recovered_example(), unlimited};
  struct row {
    std::uint64_t index, expected;
  };
  for (auto [index, expected] : {row{11, 11}, {12, 11}, {13, 13}, {14, 14}, {15, 14}})
    CAF_CHECK_EQUAL(log.first_of_term_at(log_index{index}).value(), expected);
}

CAF_TEST(the last entry of a term not above another is found at or below an index) {
  raft_log log{recovered_example(), unlimited};
  struct row {
    std::uint64_t index, term, expected;
  };
  for (auto [index, term, expected] : {row{15, 8, 15},
                                       {15, 9, 15},
                                       {14, 8, 14},
                                       {15, 7, 13},
                                       {15, 5, 13},
                                       {15, 4, 12},
                                       {15, 3, 12},
                                       {11, 3, 11},
                                       {99, 8, 15},
                                       {15, 2, 10},
                                       {10, 9, 10},
                                       {4, 9, 4}})
    CAF_CHECK_EQUAL(log.last_not_above(log_index{index}, raft_term{term}).value(), expected);
  CAF_CHECK_EQUAL(log_of({2, 2}).last_not_above(log_index{2}, raft_term{1}).value(), 0u);
}

// -- content -----------------------------------------------------------------------------------------------------

CAF_TEST(a cut removes entries and the runs that lie wholly above it) {
  auto log = log_of({1, 1, 2, 2, 3});
  log.truncate_from(log_index{4});
  CAF_CHECK(log.last_position() == (log_position{log_index{3}, raft_term{2}}));
  CAF_CHECK_EQUAL(log.memory_bytes(), 3 * one);
  CAF_CHECK(log.find(log_index{4}) == nullptr);
  log.truncate_from(log_index{3});
  CAF_CHECK(log.terms() == (std::vector<term_run>{{log_index{1}, raft_term{1}}}));
  log.append(make_entry(3, 5));
  CAF_CHECK(log.last_position() == (log_position{log_index{3}, raft_term{5}}));
  CAF_CHECK(log.find(log_index{3})->term == raft_term{5});
}

CAF_TEST(a cut reaches below what is in memory) {
  raft_log log{recovered_example(), unlimited};
  log.append(make_entry(16, 8));
  log.truncate_from(log_index{12});
  CAF_CHECK(log.last_position() == (log_position{log_index{11}, raft_term{3}}));
  CAF_CHECK_EQUAL(log.memory_bytes(), 0u);
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 12u);
  log.append(make_entry(12, 9));
  CAF_CHECK(indexes_of(log.slice(log_index{12}, log_index{12}, unlimited)) == indexes{12});
}

CAF_TEST(a cut above the end or at the boundary changes nothing) {
  raft_log log{recovered_example(), unlimited};
  log.truncate_from(log_index{16});
  log.truncate_from(log_index{10});
  CAF_CHECK(log.last_position() == (log_position{log_index{15}, raft_term{8}}));
}

CAF_TEST(a cut to the boundary leaves an empty log) {
  raft_log log{recovered_example(), unlimited};
  log.truncate_from(log_index{11});
  CAF_CHECK(log.last_position() == (log_position{log_index{10}, raft_term{3}}));
  CAF_CHECK(log.terms().empty());
}

CAF_TEST(a slice ends at the limit of bytes but never before its first entry) {
  auto log = log_of({1, 1, 1, 1});
  struct row {
    std::uint64_t first, last;
    std::size_t bytes_max;
    indexes expected;
  };
  const std::vector<row> table{
    {1, 4, unlimited, {1, 2, 3, 4}},
    {2, 3, unlimited, {2, 3}},
    {1, 9, unlimited, {1, 2, 3, 4}},
    {1, 4, 2 * one, {1, 2}},
    {1, 4, 3 * one - 1, {1, 2}},
    {1, 4, 0, {1}},
    {4, 4, 0, {4}},
    {3, 2, unlimited, {}},
    {5, 9, unlimited, {}},
    {0, 4, unlimited, {}},
  };
  for (const auto& x : table)
    CAF_CHECK(indexes_of(log.slice(log_index{x.first}, log_index{x.last}, x.bytes_max)) == x.expected);
}

CAF_TEST(a full cache drops the oldest entries first and keeps what is pinned) {
  auto log = log_of({1, 1, 1, 1, 1}, 2 * one);
  log.evict(log_index{2});
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 3u);
  CAF_CHECK_EQUAL(log.memory_bytes(), 3 * one);
  log.evict(log_index{5});
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 4u);
  CAF_CHECK_EQUAL(log.memory_bytes(), 2 * one);
  CAF_CHECK(log.slice(log_index{3}, log_index{5}, unlimited).empty());
  CAF_CHECK(indexes_of(log.slice(log_index{4}, log_index{5}, unlimited)) == (indexes{4, 5}));
  CAF_CHECK(log.term_at(log_index{1}) == raft_term{1});
  CAF_CHECK_EQUAL(log.last().value(), 5u);
}

CAF_TEST(a cache within its limit keeps everything) {
  auto log = log_of({1, 1}, 2 * one);
  log.evict(log_index{2});
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 1u);
}

CAF_TEST(one entry larger than the cache is dropped when nothing pins it) {
  raft_log log{{}, 10};
  log.append(make_entry(1, 1, 1000));
  log.evict(log_index{});
  CAF_CHECK(log.find(log_index{1}) != nullptr);
  log.evict(log_index{1});
  CAF_CHECK(log.find(log_index{1}) == nullptr);
  CAF_CHECK_EQUAL(log.memory_bytes(), 0u);
}

// -- proposals of several entries -----------------------------------------------------------------------------------

namespace {

/// Entries 1, 2 to 4, 5 to 6 and 7: four proposals; 2 to 4 and 5 to 6 hold together.
raft_log log_of_proposals(std::size_t cache) {
  raft_log result{{}, cache};
  std::uint64_t index = 0;
  for (std::uint64_t ticket : {11, 12, 12, 12, 13, 13, 14}) {
    auto x = make_entry(++index, 1);
    x.time = {ticket, 1};
    result.append(std::move(x));
  }
  return result;
}

} // namespace

CAF_TEST(a slice ends between proposals and takes a large one whole) {
  auto log = log_of_proposals(unlimited);
  struct row {
    std::uint64_t first;
    std::size_t bytes_max;
    indexes expected;
  };
  const std::vector<row> table{
    {1, one, {1}}, {1, 2 * one, {1, 2, 3, 4}},    {1, 4 * one, {1, 2, 3, 4}}, {2, 0, {2, 3, 4}}, {5, one, {5, 6}},
    {7, one, {7}}, {2, 5 * one, {2, 3, 4, 5, 6}},
  };
  for (const auto& x : table)
    CAF_CHECK(indexes_of(log.slice(log_index{x.first}, log_index{7}, x.bytes_max)) == x.expected);
}

CAF_TEST(the cache drops proposals whole) {
  auto log = log_of_proposals(5 * one);
  log.evict(log_index{7});
  CAF_CHECK_EQUAL(log.first_in_memory().value(), 5u); // three entries would do, but 2 to 4 hold together
  CAF_CHECK_EQUAL(log.memory_bytes(), 3 * one);
}

CAF_TEST(entries hold together by ticket and term and not without a ticket) {
  auto x = make_entry(1, 1), y = make_entry(2, 1);
  CAF_CHECK(!same_proposal(x, y));
  x.time = y.time = {5, 1};
  CAF_CHECK(same_proposal(x, y));
  y.term = raft_term{2};
  CAF_CHECK(!same_proposal(x, y));
  y = x;
  y.time.node = 2;
  CAF_CHECK(!same_proposal(x, y));
}

// -- against a model ---------------------------------------------------------------------------------------------

namespace {

/// The same log, as a vector that keeps everything.
struct model_log {
  std::vector<entry> entries; ///< Of index 1 on.

  [[nodiscard]] log_index last() const {
    return log_index{entries.size()};
  }

  [[nodiscard]] raft_term term_at(log_index index) const {
    return index ? entries[index.value() - 1].term : raft_term{};
  }

  [[nodiscard]] log_index first_of_term_at(log_index index) const {
    auto term = term_at(index);
    while (index.value() > 1 && term_at(index - 1) == term)
      index = index - 1;
    return index;
  }

  [[nodiscard]] log_index last_not_above(log_index index, raft_term term) const {
    index = std::min(index, last());
    while (index && term_at(index) > term)
      index = index - 1;
    return index;
  }
};

/// One random step on both.
void step_both(std::mt19937_64& random, raft_log& log, model_log& model) {
  auto draw = [&random](std::uint64_t n) { return random() % n; };
  switch (draw(8)) {
    default: {
      auto x =
        make_entry(model.last().value() + 1, model.term_at(model.last()).value() + (draw(3) == 0 ? 1 : 0), draw(40));
      x.term = std::max(x.term, raft_term{1});
      model.entries.push_back(x);
      log.append(x);
      break;
    }
    case 0: {
      auto from = draw(model.entries.size() + 1) + 1;
      from = std::max<std::uint64_t>(from, model.entries.size() > 6 ? model.entries.size() - 6 : 1);
      model.entries.resize(std::min<std::size_t>(model.entries.size(), from - 1));
      log.truncate_from(log_index{from});
      break;
    }
    case 1: log.evict(log_index{draw(model.entries.size() + 1)}); break;
  }
}

/// What is wrong with `log`, or an empty string.
std::string compare(const raft_log& log, const model_log& model, std::mt19937_64& random) {
  if (log.last() != model.last())
    return "last";
  std::size_t weight = 0;
  for (auto i = log_index{1}; i <= model.last(); ++i) {
    const auto& x = model.entries[i.value() - 1];
    const auto* found = log.find(i);
    if ((found != nullptr) != (i >= log.first_in_memory()) || (found != nullptr && *found != x))
      return "find " + to_string(i);
    weight += found != nullptr ? x.weight() : 0;
    if (log.term_at(i) != x.term || log.first_of_term_at(i) != model.first_of_term_at(i))
      return "terms at " + to_string(i);
    raft_term term{random() % (x.term.value() + 2)};
    if (log.last_not_above(i, term) != model.last_not_above(i, term))
      return "last_not_above " + to_string(i);
  }
  if (log.memory_bytes() != weight)
    return "memory_bytes";
  auto in_memory = log.slice(log.first_in_memory(), log.last(), unlimited);
  return in_memory.size() == distance(log.first_in_memory() - 1, log.last()) ? "" : "slice";
}

} // namespace

CAF_TEST(a random history leaves the log equal to a plain vector) {
  std::uint64_t longest = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random{seed};
    raft_log log{{}, 300};
    model_log model;
    for (int step = 0; step < 200; ++step) {
      step_both(random, log, model);
      auto wrong = compare(log, model, random);
      if (!wrong.empty()) {
        CAF_FAIL("seed " << seed << ", step " << step << ": " << wrong);
      }
      longest = std::max(longest, model.last().value());
    }
  }
  CAF_CHECK(longest > 50); // the histories have grown logs worth comparing
}
