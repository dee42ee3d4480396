/// Logs that are right but for one thing, to show what the conformance cases find. Include it behind
/// caf/test/unit_test.hpp.
#pragma once

#include "tests/wal/support.hpp"

namespace wal_test {

/// Passes everything on to a log in memory; a wrong log overrides one thing.
class passing_log : public wal {
public:
  explicit passing_log(const wal_factory& factory) : log_{value_of(factory())} {
    // nop
  }

  result<recovered_partition> recover(partition_id p) override {
    return log_->recover(p);
  }

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t bytes_max) override {
    return log_->read(p, first, last, bytes_max);
  }

  result<done> write(std::span<const partition_write> writes) override {
    return log_->write(writes);
  }

  result<done> compact(partition_id p, log_position boundary) override {
    return log_->compact(p, boundary);
  }

  result<done> drop(partition_id p) override {
    return log_->drop(p);
  }

  result<std::string> get_metadata(const std::string& key) override {
    return log_->get_metadata(key);
  }

  result<done> set_metadata(const std::string& key, const std::string& value) override {
    return log_->set_metadata(key, value);
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return log_->sync_count();
  }

protected:
  /// Writes what `change` makes of each part.
  template <class F>
  result<done> write_changed(std::span<const partition_write> writes, F change) {
    std::vector<partition_write> all{writes.begin(), writes.end()};
    for (auto& x : all)
      change(x);
    return log_->write(all);
  }

  /// Recovers, and lets `change` spoil what is found.
  template <class F>
  result<recovered_partition> recover_changed(partition_id p, F change) {
    auto found = log_->recover(p);
    if (found)
      change(*found);
    return found;
  }

  std::unique_ptr<wal> log_;
};

// -- what can be wrong ----------------------------------------------------------------------------------------------

struct ignores_cuts : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    return write_changed(writes, [](auto& x) { x.truncate_from = x.entries.empty() ? log_index{} : x.truncate_from; });
  }
};

struct cuts_one_too_few : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    return write_changed(writes, [](auto& x) {
      if (x.truncate_from && x.entries.empty())
        ++x.truncate_from;
    });
  }
};

struct tells_a_commit_above_the_end : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) { x.commit = x.commit ? x.last + 1 : x.commit; });
  }
};

struct raises_the_hint_with_the_log : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) { x.commit = x.last; });
  }
};

struct loses_votes_beside_entries : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    return write_changed(writes, [](auto& x) {
      if (!x.entries.empty())
        x.state.reset();
    });
  }
};

struct forgets_whom_it_voted_for : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) { x.state.voted_for = {}; });
  }
};

struct forgets_what_was_lost : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) { x.state.lost = log_loss::none; });
  }
};

struct reads_backwards : passing_log {
  using passing_log::passing_log;

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t bytes_max) override {
    auto found = log_->read(p, first, last, bytes_max);
    if (found)
      std::reverse(found->begin(), found->end());
    return found;
  }
};

struct carries_out_states_in_the_wrong_order : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    std::optional<hard_state> first;
    return write_changed(writes, [&](auto& x) {
      if (x.state && first)
        x.state = first;
      else if (x.state)
        first = x.state;
    });
  }
};

struct writes_part_by_part : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    for (const auto& x : writes)
      if (auto written = log_->write({&x, 1}); !written)
        return written;
    return done{};
  }
};

struct hides_refusals : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    auto written = log_->write(writes);
    return written || written.error().code == status::invalid_argument ? result<done>{done{}} : written;
  }
};

struct loses_the_term_of_the_boundary : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) { x.boundary.term = {}; });
  }
};

struct loses_compacted_configurations : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(
      p, [](auto& x) { std::erase_if(x.configs, [&](const entry& e) { return e.index <= x.boundary.index; }); });
  }
};

struct reads_within_proposals : passing_log {
  using passing_log::passing_log;

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t bytes_max) override {
    auto found = log_->read(p, first, last, bytes_max);
    std::size_t sum = 0;
    for (std::size_t i = 0; found && i < found->size(); ++i)
      if ((sum += (*found)[i].weight()) > bytes_max && i > 0)
        found->resize(i);
    return found;
  }
};

struct reads_beyond_its_bytes : passing_log {
  using passing_log::passing_log;

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t) override {
    return log_->read(p, first, last, SIZE_MAX);
  }
};

struct reads_what_there_is : passing_log {
  using passing_log::passing_log;

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t bytes_max) override {
    auto found = log_->recover(p);
    return log_->read(p, first, found ? std::min(last, std::max(first, found->last)) : last, bytes_max);
  }
};

struct loses_the_last_write_when_closed : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    if (auto written = flush(); !written)
      return written;
    held_.assign(writes.begin(), writes.end());
    return done{};
  }

  result<recovered_partition> recover(partition_id p) override {
    auto flushed = flush();
    return flushed ? log_->recover(p) : result<recovered_partition>{flushed.error()};
  }

private:
  result<done> flush() {
    auto written = log_->write(held_);
    held_.clear();
    return written;
  }

  std::vector<partition_write> held_;
};

struct takes_an_older_term_behind_a_boundary : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    auto written = log_->write(writes);
    for (const auto& x : writes)
      if (auto found = log_->recover(x.partition); !written && found && found->last == found->boundary.index)
        if (!x.entries.empty() && x.entries.front().index == found->last + 1
            && x.entries.front().term < found->boundary.term)
          return done{};
    return written;
  }
};

/// What a compaction has not erased yet is read as if it were there.
struct shows_what_is_compacted : passing_log {
  using passing_log::passing_log;

  result<done> compact(partition_id p, log_position boundary) override {
    if (auto all = log_->read(p, boundary.index, boundary.index, 0))
      left_.push_back(all->front());
    return log_->compact(p, boundary);
  }

  result<std::vector<entry>> read(partition_id p, log_index first, log_index last, std::size_t bytes_max) override {
    for (const auto& x : left_)
      if (x.index == first && first == last)
        return std::vector<entry>{x};
    return log_->read(p, first, last, bytes_max);
  }

private:
  std::vector<entry> left_;
};

struct compacts_backwards : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [&](auto& x) { x.boundary = last_.index ? last_ : x.boundary; });
  }

  result<done> compact(partition_id p, log_position boundary) override {
    auto compacted = log_->compact(p, boundary);
    if (compacted)
      last_ = boundary;
    return compacted;
  }

private:
  log_position last_;
};

struct keeps_the_log_behind_a_snapshot : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    std::vector<partition_write> all{writes.begin(), writes.end()};
    for (auto& x : all)
      if (x.install && log_->compact(x.partition, x.install->position))
        x.install.reset();
    return log_->write(all);
  }
};

struct loses_kept_states_with_snapshots : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    std::vector<partition_write> all{writes.begin(), writes.end()};
    for (auto& x : all)
      if (x.install)
        x.kept.reset();
    return log_->write(all);
  }
};

struct cuts_kept_states_with_the_log : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    auto found = log_->recover(p);
    if (found && found->kept && found->kept->index <= found->boundary.index)
      found->kept.reset();
    return found;
  }
};

struct keeps_votes_of_dropped_partitions : passing_log {
  using passing_log::passing_log;

  result<done> drop(partition_id p) override {
    auto found = log_->recover(p);
    auto dropped = log_->drop(p);
    partition_write x;
    x.partition = p;
    if (found)
      x.state = found->state;
    return dropped ? log_->write({&x, 1}) : dropped;
  }
};

struct mixes_up_partitions : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return log_->recover(partition_id{p.value() & 0xffffffff});
  }
};

struct mixes_up_values : passing_log {
  using passing_log::passing_log;

  result<std::string> get_metadata(const std::string& key) override {
    return log_->get_metadata(key.substr(0, 4));
  }

  result<done> set_metadata(const std::string& key, const std::string& value) override {
    return log_->set_metadata(key.substr(0, 4), value);
  }
};

struct shortens_payloads : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    return write_changed(writes, [](auto& x) {
      for (auto& e : x.entries)
        e.payload = e.payload.slice(0, std::min<std::size_t>(e.payload.size(), 65535));
    });
  }
};

struct loses_tickets : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    return write_changed(writes, [](auto& x) {
      for (auto& e : x.entries)
        e.time = {};
    });
  }
};

struct tells_every_write_as_a_run : passing_log {
  using passing_log::passing_log;

  result<recovered_partition> recover(partition_id p) override {
    return recover_changed(p, [](auto& x) {
      if (!x.terms.empty() && x.terms.back().first < x.last)
        x.terms.push_back({x.last, x.terms.back().term});
    });
  }
};

struct syncs_each_part : passing_log {
  using passing_log::passing_log;

  result<done> write(std::span<const partition_write> writes) override {
    syncs_ += writes.size();
    return log_->write(writes);
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return syncs_;
  }

private:
  std::atomic<std::uint64_t> syncs_{0};
};

// -- the list -------------------------------------------------------------------------------------------------------

struct wrong_log {
  std::string what;
  std::function<wal_factory()> make; ///< A new, empty log.
};

template <class Log>
wal_factory log_over_memory() {
  return [store = make_memory_wal_store()]() -> result<std::unique_ptr<wal>> {
    return std::unique_ptr<wal>{std::make_unique<Log>(memory_wal(store))};
  };
}

inline wal_factory right_log() {
  return log_over_memory<passing_log>();
}

inline std::vector<wrong_log> wrong_logs() {
  return {
    {"cuts without entries are ignored", log_over_memory<ignores_cuts>},
    {"cuts leave an entry too many", log_over_memory<cuts_one_too_few>},
    {"a commit hint above the end", log_over_memory<tells_a_commit_above_the_end>},
    {"a commit hint that nobody wrote", log_over_memory<raises_the_hint_with_the_log>},
    {"votes beside entries are lost", log_over_memory<loses_votes_beside_entries>},
    {"the node that was voted for is lost", log_over_memory<forgets_whom_it_voted_for>},
    {"the loss that was noted is lost", log_over_memory<forgets_what_was_lost>},
    {"reads in the wrong order", log_over_memory<reads_backwards>},
    {"votes of one call in the wrong order", log_over_memory<carries_out_states_in_the_wrong_order>},
    {"a call is not atomic", log_over_memory<writes_part_by_part>},
    {"what is invalid is dropped without a word", log_over_memory<hides_refusals>},
    {"the term of the boundary is lost", log_over_memory<loses_the_term_of_the_boundary>},
    {"the copy of a compacted configuration is lost", log_over_memory<loses_compacted_configurations>},
    {"reads end within a proposal", log_over_memory<reads_within_proposals>},
    {"reads do not end at their bytes", log_over_memory<reads_beyond_its_bytes>},
    {"reads of what is missing are short", log_over_memory<reads_what_there_is>},
    {"the last write is lost when the log is closed", log_over_memory<loses_the_last_write_when_closed>},
    {"an older term behind a boundary is taken", log_over_memory<takes_an_older_term_behind_a_boundary>},
    {"what is compacted can still be read", log_over_memory<shows_what_is_compacted>},
    {"compaction goes back", log_over_memory<compacts_backwards>},
    {"a snapshot boundary keeps the old log", log_over_memory<keeps_the_log_behind_a_snapshot>},
    {"a state that comes with a snapshot is lost", log_over_memory<loses_kept_states_with_snapshots>},
    {"a kept state goes with its entries", log_over_memory<cuts_kept_states_with_the_log>},
    {"a dropped partition keeps its vote", log_over_memory<keeps_votes_of_dropped_partitions>},
    {"partitions of large numbers are mixed up", log_over_memory<mixes_up_partitions>},
    {"values of similar names are mixed up", log_over_memory<mixes_up_values>},
    {"large payloads are shortened", log_over_memory<shortens_payloads>},
    {"tickets are lost", log_over_memory<loses_tickets>},
    {"one term is told as two runs", log_over_memory<tells_every_write_as_a_run>},
    {"a sync for each partition", log_over_memory<syncs_each_part>},
  };
}

} // namespace wal_test
