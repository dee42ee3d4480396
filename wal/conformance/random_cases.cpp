// Random sequences of calls, held against a model of a few lines after each step.
#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "wal/conformance/subject.hpp"

namespace kommander::conformance {

namespace {

/// What one partition must hold.
struct model_partition {
  hard_state state;
  log_position boundary;
  log_index commit;
  conformance::entries entries;
  std::optional<kept_state> kept;

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
  random_calls(subject& x, std::uint64_t seed) : x_{x}, random_{seed} {
    // nop
  }

  void step() {
    switch (pick(0, 13)) {
      case 0: return compact();
      case 1: return install();
      case 2: return drop();
      case 3: return x_.reopen();
      case 4: return void(x_.kill());
      default: return write_group();
    }
  }

  void check() {
    for (const auto& [partition, m] : model_) {
      auto found = x_.recover(partition);
      auto name = " of partition " + std::to_string(partition);
      x_.expect(found.state == m.state, "term or vote" + name + " is another than the model's");
      x_.expect(found.boundary == m.boundary, "the boundary" + name + " is another than the model's");
      x_.expect(found.commit == m.commit, "the commit hint" + name + " is another than the model's");
      x_.expect(found.kept == m.kept, "the kept state" + name + " is another than the model's");
      x_.expect_holds(partition, m.entries);
    }
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
    auto x = appending(pick_partition(), {});
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
    if (pick(0, 4) == 0)
      x.kept = m.kept = kept_state{log_index{m.last()}, bytes{std::string(pick(0, 40), 'k')}};
    return x;
  }

  void write_group() {
    std::vector<partition_write> group;
    for (auto n = pick(1, 5); n > 0; --n)
      group.push_back(next_write());
    auto written = x_->write(group);
    x_.expect(written.ok(), written.ok() ? "" : "a write failed: " + written.error().message);
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
    x_.compact(p, m.boundary);
  }

  void install() {
    auto p = pick_partition();
    auto& m = model_[p];
    m.boundary = at(pick(0, m.last() + 5), m.last_term());
    m.commit = m.boundary.index;
    m.entries.clear();
    x_.install(p, m.boundary);
  }

  void drop() {
    auto p = pick_partition();
    model_[p] = {};
    x_.drop(p);
  }

  subject& x_;
  std::mt19937_64 random_;
  std::map<std::uint64_t, model_partition> model_;
};

template <std::uint64_t Seed>
void random_sequence(subject& x) {
  random_calls calls{x, Seed};
  for (int step = 0; step < 100; ++step) {
    calls.step();
    calls.check();
  }
}

} // namespace

std::vector<case_row> random_cases() {
  return {
    {"random", "random calls leave what a simple model says, first sequence", random_sequence<1>},
    {"random", "random calls leave what a simple model says, second sequence", random_sequence<2>},
    {"random", "random calls leave what a simple model says, third sequence", random_sequence<3>},
    {"random", "random calls leave what a simple model says, fourth sequence", random_sequence<4>},
  };
}

} // namespace kommander::conformance
