// The facts that the checker keeps refuse what contradicts them.
#define CAF_SUITE sim

#include <caf/test/unit_test.hpp>

#include "tests/sim/checker/history.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/disk.hpp"

using namespace kommander;
using namespace kommander::sim;

namespace {

constexpr node_id one{1}, two{2};

entry made(std::uint64_t index, std::uint64_t term) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::noop, {}, {}};
}

template <class Action>
std::string violation_of(Action action) {
  try {
    action();
  } catch (const violation& x) {
    return x.what();
  }
  return {};
}

partition_write write_of(std::uint64_t cut, std::vector<entry> entries) {
  return {partition_id{1}, std::nullopt, log_index{cut}, std::move(entries), log_index{}};
}

} // namespace

CAF_TEST(a second leader of one term is refused) {
  partition_history history{3};
  CAF_CHECK(history.leads(one, raft_term{4}));
  CAF_CHECK(!history.leads(one, raft_term{4}));
  CAF_CHECK_EQUAL(violation_of([&] { history.leads(two, raft_term{4}); }),
                  "election safety: nodes 1 and 2 both lead term 4");
  CAF_CHECK(history.leads(two, raft_term{5}));
}

CAF_TEST(a second vote in one term is refused) {
  partition_history history{3};
  history.votes(one, raft_term{4}, one);
  history.votes(one, raft_term{4}, one);
  history.votes(two, raft_term{4}, one);
  CAF_CHECK_EQUAL(violation_of([&] { history.votes(two, raft_term{4}, two); }),
                  "two votes: node 2 votes for 1 and for 2 in term 4");
  history.votes(two, raft_term{5}, two);
}

CAF_TEST(one index and term has one content and one past) {
  partition_history history{3};
  CAF_CHECK(history.appends(one, made(1, 1), 7, raft_term{}));
  CAF_CHECK(!history.appends(two, made(1, 1), 7, raft_term{}));
  CAF_CHECK_NOT_EQUAL(violation_of([&] { history.appends(two, made(1, 1), 8, raft_term{}); }), "");
  CAF_CHECK(history.appends(two, made(1, 2), 9, raft_term{}));
  CAF_CHECK(history.appends(two, made(2, 2), 10, raft_term{2}));
  CAF_CHECK_NOT_EQUAL(violation_of([&] { history.appends(one, made(2, 2), 10, raft_term{1}); }), "");
  CAF_CHECK_EQUAL(history.find(log_index{1}, raft_term{2})->content, 9u);
  CAF_CHECK(history.find(log_index{1}, raft_term{3}) == nullptr);
  CAF_CHECK(history.find(log_index{3}, raft_term{2}) == nullptr);
}

CAF_TEST(an entry appears first on the leader of its term) {
  partition_history history{3};
  history.leads(one, raft_term{1});
  CAF_CHECK_EQUAL(violation_of([&] { history.appends(two, made(1, 1), 7, raft_term{}); }),
                  "entry 1:1 appears first on node 2, which does not lead its term");
}

CAF_TEST(a new leader needs what earlier terms have committed) {
  partition_history history{3};
  history.commits({raft_term{1}, raft_term{}, 7}, raft_term{2});
  history.commits({raft_term{2}, raft_term{1}, 8}, raft_term{2});
  history.commits({raft_term{4}, raft_term{2}, 9}, raft_term{4});
  CAF_CHECK_EQUAL(history.committed_before(raft_term{2}), log_index{0});
  CAF_CHECK_EQUAL(history.committed_before(raft_term{3}), log_index{2});
  CAF_CHECK_EQUAL(history.committed_before(raft_term{5}), log_index{3});
}

CAF_TEST(the chain depends on every entry before and on their order) {
  auto chain = [](std::initializer_list<std::uint64_t> contents) {
    partition_history history{1};
    for (auto x : contents)
      history.commits({raft_term{1}, raft_term{1}, x}, raft_term{1});
    return history.chain_at(history.committed());
  };
  CAF_CHECK_EQUAL(chain({1, 2, 3}), chain({1, 2, 3}));
  CAF_CHECK_NOT_EQUAL(chain({1, 2, 3}), chain({2, 1, 3}));
  CAF_CHECK_NOT_EQUAL(chain({1, 2, 3}), chain({1, 2}));
}

CAF_TEST(a disk refuses entries that leave a hole) {
  disk_image image;
  CAF_CHECK(image.accepts(write_of(0, {made(1, 1), made(2, 1)})));
  CAF_CHECK(!image.accepts(write_of(0, {made(2, 1)})));
  image.apply({write_sequence{1}, write_of(0, {made(1, 1), made(2, 1)})});
  CAF_CHECK(!image.accepts(write_of(0, {made(2, 2)})));
  CAF_CHECK(!image.accepts(write_of(4, {})));
  CAF_CHECK(image.accepts(write_of(2, {made(2, 2), made(3, 2)})));
  image.apply({write_sequence{1}, write_of(2, {made(2, 2), made(3, 2)})});
  CAF_CHECK_EQUAL(image.last(), log_index{3});
  CAF_CHECK_EQUAL(image.term_at(log_index{2}), raft_term{2});
}
