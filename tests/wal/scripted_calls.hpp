/// A fixed sequence of calls on a log, of every kind, and what the log must hold after each. Include it behind
/// caf/test/unit_test.hpp.
#pragma once

#include <random>

#include "tests/wal/support.hpp"

namespace wal_test {

/// Partitions that the calls work on, from 1.
inline constexpr std::uint64_t scripted_partitions = 3;

/// All that a log says of itself.
struct log_content {
  std::vector<recovered_partition> found;
  std::vector<std::vector<entry>> entries;
  std::string metadata;
  std::string trouble; ///< Why something could not be told; empty if all could.

  friend bool operator==(const log_content& x, const log_content& y) {
    auto same = [](const recovered_partition& a, const recovered_partition& b) {
      return a.state == b.state && a.boundary == b.boundary && a.last == b.last && a.terms == b.terms
             && a.commit == b.commit && a.configs == b.configs && a.kept == b.kept;
    };
    return x.trouble.empty() && y.trouble.empty() && x.metadata == y.metadata && x.entries == y.entries
           && std::equal(x.found.begin(), x.found.end(), y.found.begin(), y.found.end(), same);
  }
};

inline log_content content_of(wal& log) {
  log_content result;
  for (std::uint64_t p = 1; p <= scripted_partitions; ++p) {
    auto found = log.recover(partition_id{p});
    if (!found || !found->damage.empty()) {
      result.trouble = found ? found->damage : found.error().message;
      return result;
    }
    auto first = found->boundary.index + 1;
    auto& entries = result.entries.emplace_back();
    if (found->last >= first) {
      auto all = log.read(partition_id{p}, first, found->last, SIZE_MAX);
      if (!all) {
        result.trouble = all.error().message;
        return result;
      }
      entries = *all;
    }
    result.found.push_back(*found);
  }
  auto metadata = log.get_metadata("scripted");
  if (metadata)
    result.metadata = *metadata;
  else
    result.trouble = metadata.error().message;
  return result;
}

using scripted_call = std::function<result<done>(wal&)>;

/// Draws calls that a log must take, one after the other, from what the log holds.
class scripted_calls {
public:
  explicit scripted_calls(std::size_t count, std::uint64_t seed = 29) : random_{seed} {
    auto log = open(memory_wal());
    expected_.push_back(content_of(*log));
    while (calls_.size() < count) {
      calls_.push_back(draw(*log));
      value_of(calls_.back()(*log));
      expected_.push_back(content_of(*log));
    }
  }

  [[nodiscard]] std::size_t size() const noexcept {
    return calls_.size();
  }

  /// Makes the call number `i`, from 0.
  result<done> make(std::size_t i, wal& log) const {
    return calls_.at(i)(log);
  }

  /// What a log holds on which the first `count` calls were made, by the log in memory.
  [[nodiscard]] const log_content& after(std::size_t count) const {
    return expected_.at(count);
  }

private:
  std::uint64_t pick(std::uint64_t low, std::uint64_t high) {
    return std::uniform_int_distribution<std::uint64_t>{low, high}(random_);
  }

  scripted_call draw(wal& log) {
    partition_id p{pick(1, scripted_partitions)};
    auto found = recover(log, p.value());
    switch (pick(0, 19)) {
      case 0: {
        if (found.last == found.boundary.index)
          break;
        log_index upto{pick(found.boundary.index.value() + 1, found.last.value())};
        auto last = read(log, p.value(), upto.value(), upto.value()).front();
        return [=](wal& x) { return x.compact(p, {last.index, last.term}); };
      }
      case 1: {
        auto made = draw_install(log, p, found);
        return [=](wal& x) { return x.write({&made, 1}); };
      }
      case 2: return [=](wal& x) { return x.drop(p); };
      case 3: {
        auto value = std::to_string(pick(0, 1'000'000));
        return [=](wal& x) { return x.set_metadata("scripted", value); };
      }
      default: break;
    }
    std::vector<partition_write> group{draw_write(log, p)};
    auto other = p.value() % scripted_partitions + 1;
    if (pick(0, 1) == 0)
      group.push_back(draw_write(log, partition_id{other}));
    return [=](wal& x) { return x.write(group); };
  }

  static std::uint64_t term_of(const recovered_partition& x) {
    return x.terms.empty() ? x.boundary.term.value() : x.terms.back().term.value();
  }

  partition_write draw_install(wal& log, partition_id p, const recovered_partition& found) {
    partition_write x;
    x.partition = p;
    x.install = snapshot_boundary{};
    auto& boundary = *x.install;
    boundary.keeps_tail = pick(0, 1) == 0 && found.last > found.boundary.index;
    boundary.position = {found.last + pick(0, 3), raft_term{term_of(found)}};
    if (boundary.keeps_tail) {
      auto index = pick(found.boundary.index.value() + 1, found.last.value());
      boundary.position = {log_index{index}, read(log, p.value(), index, index).front().term};
    }
    if (boundary.position.index && !boundary.keeps_tail && pick(0, 1) == 0) {
      boundary.configuration_index = boundary.position.index;
      boundary.configuration = bytes{"members"};
    }
    auto last = boundary.keeps_tail ? found.last : boundary.position.index;
    if (pick(0, 1) == 0)
      x.entries.push_back(make_entry(last.value() + 1, std::max<std::uint64_t>(term_of(found), 1), 100));
    if (pick(0, 1) == 0)
      x.state = hard_state{raft_term{found.state.current_term.value() + 1}, node_id{pick(0, 3)}};
    if (pick(0, 3) > 0)
      x.kept = draw_kept(boundary.position.index);
    return x;
  }

  kept_state draw_kept(log_index index) {
    return {index, bytes{std::string(pick(0, 9) == 0 ? 5000 : pick(0, 60), static_cast<char>('a' + pick(0, 25)))}};
  }

  partition_write draw_write(wal& log, partition_id p) {
    auto found = recover(log, p.value());
    partition_write x;
    x.partition = p;
    auto last = found.last.value();
    auto settled = std::max(found.commit, found.boundary.index).value();
    if (pick(0, 3) == 0 && settled < last) {
      x.truncate_from = log_index{pick(settled + 1, last)};
      last = x.truncate_from.value() - 1;
    }
    auto term = term_of(found) + pick(0, 1);
    for (auto n = pick(0, 4); n > 0; --n)
      x.entries.push_back(make_entry(++last, std::max<std::uint64_t>(term, 1), pick(0, 6) == 0 ? 5000 : pick(0, 200)));
    if (pick(0, 3) == 0 || x.entries.empty())
      x.state = hard_state{raft_term{found.state.current_term.value() + 1}, node_id{pick(0, 3)}};
    if (pick(0, 2) == 0 && last > settled)
      x.commit = log_index{pick(settled + 1, last)};
    if (pick(0, 4) == 0)
      x.kept = draw_kept(log_index{last});
    return x;
  }

  std::mt19937_64 random_;
  std::vector<scripted_call> calls_;
  std::vector<log_content> expected_;
};

} // namespace wal_test
