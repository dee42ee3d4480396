// The simulated disk loses what it is told to lose and nothing else, and the registers go back to where they were.
#define CAF_SUITE sim

#include <caf/test/unit_test.hpp>

#include "tests/sim/checker/history.hpp"
#include "tests/sim/checker/violation.hpp"
#include "tests/sim/disk.hpp"
#include "tests/sim/registers.hpp"

using namespace kommander;
using namespace kommander::sim;

namespace {

constexpr partition_id p{1};

plan settings_of() {
  plan x;
  x.faults.set(static_cast<std::size_t>(fault::lost_sync));
  return x;
}

entry made(std::uint64_t index, std::uint64_t term) {
  return {log_index{index}, raft_term{term}, {}, entry_kind::command, {}, bytes{std::to_string(index)}};
}

/// A disk on which each write is durable before the next one begins.
class disk_with_writes {
public:
  void write(std::uint64_t term, std::uint64_t cut, std::vector<entry> entries) {
    disk.submit(
      {write_sequence{++count_}, {p, hard_state{raft_term{term}, {}}, log_index{cut}, std::move(entries), {}}}, tick_);
    while (disk.image(p).writes < count_)
      disk.advance(
        ++tick_, [](const disk_write&) {}, [](partition_id) { throw violation{"a write failed"}; });
  }

  std::vector<entry> read(std::uint64_t first, std::uint64_t last) {
    return disk.read(p, log_index{first}, log_index{last}, SIZE_MAX);
  }

  plan settings = settings_of();
  dose counts;
  sim_disk disk{settings, node_id{1}, counts};

private:
  std::uint64_t count_ = 0;
  std::uint64_t tick_ = 0;
};

bool equal(const disk_image& x, const disk_image& y) {
  return x.state == y.state && x.log == y.log && x.commit == y.commit && x.writes == y.writes;
}

} // namespace

CAF_TEST(a disk without its last writes is what it was before them) {
  disk_with_writes x;
  std::vector<disk_image> images{x.disk.image(p)};
  auto write = [&](std::uint64_t term, std::uint64_t cut, std::vector<entry> entries) {
    x.write(term, cut, std::move(entries));
    images.push_back(x.disk.image(p));
  };
  write(1, 0, {made(1, 1), made(2, 1), made(3, 1)});
  write(2, 2, {made(2, 2)});
  write(3, 0, {});
  write(4, 1, {made(1, 4), made(2, 4)});
  for (std::size_t lost = 0; lost <= 4; ++lost)
    CAF_CHECK(equal(x.disk.rolled_back(p, lost), images[4 - lost]));
  CAF_CHECK(equal(x.disk.rolled_back(p, 99), images[0]));
  x.disk.replace(p, x.disk.rolled_back(p, 3));
  CAF_CHECK(equal(x.disk.image(p), images[1]));
  CAF_CHECK_EQUAL(x.read(1, 3).size(), 3u);
}

CAF_TEST(a flipped bit is found at recovery and when the entry is read) {
  disk_with_writes x;
  random_source random{3};
  CAF_CHECK(!x.disk.flip_bit(random)); // there is nothing yet
  x.write(1, 0, {made(1, 1), made(2, 1), made(3, 1)});
  CAF_CHECK(!x.disk.recover(p).damaged_at);
  CAF_REQUIRE(x.disk.flip_bit(random));
  auto at = x.disk.recover(p).damaged_at.value();
  CAF_REQUIRE(at >= 1 && at <= 3);
  CAF_CHECK(x.disk.image(p).log[at - 1].payload != made(at, 1).payload);
  CAF_CHECK(x.read(1, 3).empty());
  CAF_CHECK(x.read(at, at).empty());
  CAF_CHECK_EQUAL(x.read(1, at - 1).size(), at - 1);
  x.write(2, at, {made(at, 2)}); // what is cut off cannot be damaged any more
  CAF_CHECK(!x.disk.recover(p).damaged_at);
  CAF_CHECK_EQUAL(x.read(1, at).size(), at);
}

CAF_TEST(a node may vote again only in terms that its disk has forgotten) {
  partition_history history{2};
  auto votes = [&](std::uint64_t term, std::uint64_t candidate) {
    try {
      history.votes(node_id{1}, raft_term{term}, node_id{candidate});
      return true;
    } catch (const violation&) {
      return false;
    }
  };
  for (std::uint64_t term = 1; term <= 5; ++term)
    CAF_CHECK(votes(term, 1));
  history.forgets(node_id{1}, {raft_term{3}, node_id{1}});
  CAF_CHECK(votes(5, 2));
  CAF_CHECK(votes(4, 2));
  CAF_CHECK(!votes(3, 2));
  history.forgets(node_id{1}, {raft_term{2}, node_id{}});
  CAF_CHECK(votes(2, 2));
  CAF_CHECK(!votes(1, 2));
}

CAF_TEST(registers that start again are what they were) {
  using namespace kommander::linearizability;
  register_machine x;
  auto key = register_key(p, 2);
  CAF_CHECK_EQUAL(x.apply(log_index{1}, read(key, 99, 0, 0)).value, 0u);
  CAF_CHECK(x.apply(log_index{2}, write(key, 7, 0)).swapped);
  CAF_CHECK(!x.apply(log_index{3}, swap(key, 6, 8, 0)).swapped);
  CAF_CHECK(x.apply(log_index{4}, swap(key, 7, 9, 0)).swapped);
  x.reach(log_index{4});
  CAF_CHECK_EQUAL(x.value_of(key), 9u);
  CAF_CHECK_EQUAL(x.value_of(register_key(p, 1)), 0u);
  x.rewind(log_index{3});
  CAF_CHECK_EQUAL(x.value_of(key), 7u);
  CAF_CHECK_EQUAL(x.applied(), log_index{3});
  x.rewind(log_index{1});
  CAF_CHECK_EQUAL(x.value_of(key), 0u);
}

CAF_TEST(a compacted disk shows cores what is left and counts the rest) {
  disk_with_writes x;
  x.write(1, 0, {made(1, 1), made(2, 1), made(3, 1)});
  x.disk.compact(p, {log_index{2}, raft_term{1}});
  auto found = x.disk.recover(p);
  CAF_CHECK(found.boundary == (log_position{log_index{2}, raft_term{1}}));
  CAF_CHECK_EQUAL(found.last, log_index{3});
  CAF_CHECK(x.read(2, 3).empty());
  CAF_CHECK_EQUAL(x.read(3, 3).size(), 1u);
  CAF_CHECK_EQUAL(x.disk.image(p).term_at(log_index{1}), raft_term{1});
  CAF_CHECK(equal(x.disk.rolled_back(p, 9), x.disk.image(p))); // what was durable then stays
}

CAF_TEST(registers that were exported are the same where they are imported) {
  using namespace kommander::linearizability;
  auto key = register_key(p, 0);
  register_machine x, y;
  x.apply(log_index{2}, write(key, 7, 0));
  x.reach(log_index{2});
  auto state = x.export_state(4711);
  CAF_CHECK_EQUAL(register_machine::chain_of(state), 4711u);
  y.import_state(log_index{2}, state);
  CAF_CHECK_EQUAL(y.value_of(key), 7u);
  y.rewind(log_index{});
  CAF_CHECK_EQUAL(y.applied(), log_index{2}); // it is durable
  for (auto& byte : state) {
    byte = static_cast<char>(byte ^ 1);
    CAF_CHECK(register_machine::chain_of(state) != 4711u);
    byte = static_cast<char>(byte ^ 1);
  }
  y.forget();
  CAF_CHECK_EQUAL(y.value_of(key), 0u);
}
