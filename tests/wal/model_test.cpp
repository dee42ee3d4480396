// Random sequences of calls on every log adapter, held against a model of a few lines after each step.
#define CAF_SUITE wal
#include <caf/test/unit_test.hpp>

#include <algorithm>
#include <random>

#include "tests/wal/support.hpp"

using namespace wal_test;

namespace {

/// What one partition must hold.
struct model_partition {
  hard_state state;
  log_position boundary;
  log_index commit;
  std::vector<entry> entries;

  [[nodiscard]] std::uint64_t last() const {
    return boundary.index.value() + entries.size();
  }

  [[nodiscard]] std::uint64_t last_term() const {
    return entries.empty() ? boundary.term.value() : entries.back().term.value();
  }

  void cut_from(std::uint64_t index) {
    while (last() >= index)
      entries.pop_back();
  }
};

class random_calls {
public:
  random_calls(log_under_test& log, std::uint64_t seed) : log_{log}, random_{seed} {
    // nop
  }

  void step() {
    switch (pick(0, 12)) {
      case 0: return compact();
      case 1: return install();
      case 2: return drop();
      case 3: return log_.reopen();
      default: return write_group();
    }
  }

  /// True if the log holds what the model says.
  bool agrees() {
    return std::all_of(model_.begin(), model_.end(), [this](const auto& x) { return agrees(x.first, x.second); });
  }

private:
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>{low, high}(random_);
  }

  std::uint64_t pick_partition() {
    static constexpr std::uint64_t partitions[] = {0, 1, 255, 256, ~std::uint64_t{0}};
    return partitions[pick(0, 4)];
  }

  /// A write that the log must take, carried out on the model.
  partition_write next_write() {
    partition_write x;
    x.partition = partition_id{pick_partition()};
    auto& m = model_[x.partition.value()];
    if (pick(0, 3) == 0 && !m.entries.empty()) {
      auto uncommitted = std::max(m.commit, m.boundary.index).value() + 1;
      x.truncate_from = log_index{pick(uncommitted, std::max(uncommitted, m.last()))};
      m.cut_from(x.truncate_from.value());
    }
    auto term = m.last_term() + pick(0, 2);
    for (auto n = pick(0, 9) == 0 ? pick(1000, 1200) : pick(0, 6); n > 0; --n)
      m.entries.push_back(x.entries.emplace_back(make_entry(m.last() + 1, term, pick(0, 40))));
    if (pick(0, 3) == 0)
      x.state = m.state = hard_state{raft_term{pick(0, ~std::uint64_t{0})}, node_id{pick(0, 5)}};
    if (pick(0, 2) == 0 && m.last() > 0)
      x.commit = m.commit = log_index{pick(std::max(m.commit.value(), std::uint64_t{1}), m.last())};
    return x;
  }

  void write_group() {
    std::vector<partition_write> group;
    for (auto n = pick(1, 5); n > 0; --n)
      group.push_back(next_write());
    value_of(log_->write(group));
  }

  void compact() {
    auto p = pick_partition();
    auto& m = model_[p];
    if (m.entries.empty())
      return;
    auto n = pick(1, m.entries.size());
    m.boundary = {m.entries[n - 1].index, m.entries[n - 1].term};
    m.commit = std::max(m.commit, m.boundary.index);
    m.entries.erase(m.entries.begin(), m.entries.begin() + static_cast<std::ptrdiff_t>(n));
    value_of(log_->compact(partition_id{p}, m.boundary));
  }

  void install() {
    auto p = pick_partition();
    auto& m = model_[p];
    m.boundary = at(pick(0, m.last() + 5), m.last_term());
    m.commit = m.boundary.index;
    m.entries.clear();
    install_boundary(*log_, p, m.boundary);
  }

  void drop() {
    auto p = pick_partition();
    model_[p] = {};
    value_of(log_->drop(partition_id{p}));
  }

  bool agrees(std::uint64_t partition, const model_partition& m) {
    auto found = recover(*log_, partition);
    return !found.damaged_at && found.state == m.state && found.boundary == m.boundary && found.commit == m.commit
           && found.last.value() == m.last()
           && (m.entries.empty() || read(*log_, partition, m.boundary.index.value() + 1, m.last()) == m.entries);
  }

  log_under_test& log_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, model_partition> model_;
};

} // namespace

CAF_TEST(random calls leave what a simple model says) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAF_MESSAGE("seed " << seed);
    temporary_directory directory{true};
    log_under_test on_disk{rocksdb_wal(directory / "log", {true, std::size_t{256} << 10})};
    log_under_test in_memory{memory_wal()};
    for (auto* log : {&on_disk, &in_memory}) {
      random_calls calls{*log, seed};
      for (int step = 0; step < 100; ++step) {
        calls.step();
        CAF_REQUIRE(calls.agrees());
      }
    }
  }
}
