// The log in memory. One store outlives the logs that are opened on it, as a disk outlives processes.
#include <algorithm>
#include <atomic>
#include <deque>
#include <limits>
#include <map>
#include <mutex>

#include "kommander/testing/memory_wal_faults.hpp"
#include "kommander/wal.hpp"
#include "wal/log_tail.hpp"

namespace kommander {

namespace {

/// Counts down to a fault.
struct fault_plan {
  std::uint64_t successes = std::numeric_limits<std::uint64_t>::max();
  std::string reason;

  /// The reason to fail now, or nothing.
  [[nodiscard]] std::optional<failure> next(const std::string& what) {
    if (reason.empty())
      return std::nullopt;
    if (successes == 0)
      return failure{status::storage_failed, "the log in memory could not " + what + ": " + reason};
    --successes;
    return std::nullopt;
  }
};

/// One partition's log.
struct stored_partition {
  hard_state state;
  log_position boundary;
  log_index commit;
  std::deque<entry> entries;             ///< Contiguous, from `boundary.index + 1`.
  std::optional<entry> compacted_config; ///< The last configuration that was compacted away.
  std::optional<kept_state> kept;

  [[nodiscard]] log_tail tail() const {
    return {boundary.index, boundary.index + entries.size(), boundary.term};
  }

  [[nodiscard]] const entry& at(log_index index) const {
    return entries[distance(boundary.index, index) - 1];
  }

  void cut_from(log_index index) {
    while (!entries.empty() && entries.back().index >= index)
      entries.pop_back();
  }

  void cut_up_to(log_index index) {
    for (; !entries.empty() && entries.front().index <= index; entries.pop_front())
      if (entries.front().kind == entry_kind::config)
        compacted_config = std::move(entries.front());
  }
};

} // namespace

class memory_wal_store {
public:
  std::mutex mutex;
  std::map<partition_id, stored_partition> partitions;
  std::map<std::string, std::string> metadata;
  fault_plan write_faults;
  fault_plan read_faults;
};

std::shared_ptr<memory_wal_store> make_memory_wal_store() {
  return std::make_shared<memory_wal_store>();
}

void fail_writes(memory_wal_store& store, std::uint64_t successes, const std::string& reason) {
  std::lock_guard guard{store.mutex};
  store.write_faults = {successes, reason};
}

void fail_reads(memory_wal_store& store, std::uint64_t successes, const std::string& reason) {
  std::lock_guard guard{store.mutex};
  store.read_faults = {successes, reason};
}

void heal(memory_wal_store& store) {
  std::lock_guard guard{store.mutex};
  store.write_faults = {};
  store.read_faults = {};
}

namespace {

class memory_log final : public wal {
public:
  explicit memory_log(std::shared_ptr<memory_wal_store> store) : store_{std::move(store)} {
    // nop
  }

  result<recovered_partition> recover(partition_id partition) override {
    std::lock_guard guard{store_->mutex};
    if (auto fault = store_->read_faults.next("be recovered"))
      return *fault;
    recovered_partition found;
    auto stored = store_->partitions.find(partition);
    if (stored == store_->partitions.end())
      return found;
    const auto& x = stored->second;
    found.state = x.state;
    found.boundary = x.boundary;
    found.last = x.tail().last;
    if (x.compacted_config)
      found.configs.push_back(*x.compacted_config);
    for (const auto& e : x.entries) {
      if (found.terms.empty() || found.terms.back().term != e.term)
        found.terms.push_back({e.index, e.term});
      if (e.kind == entry_kind::config)
        found.configs.push_back(e);
    }
    found.commit = std::clamp(x.commit, found.boundary.index, found.last);
    found.kept = x.kept;
    return found;
  }

  result<std::vector<entry>> read(partition_id partition, log_index first, log_index last,
                                  std::size_t bytes_max) override {
    std::lock_guard guard{store_->mutex};
    if (auto fault = store_->read_faults.next("be read"))
      return *fault;
    if (auto checked = check_range(partition, first, last); !checked)
      return checked.error();
    const auto& x = store_->partitions[partition];
    std::vector<entry> entries;
    std::size_t sum = 0;
    for (auto i = first; i <= last; ++i) {
      if (i <= x.boundary.index || i > x.tail().last)
        return failure{status::storage_failed,
                       "the log in memory has no entry " + to_string(i) + " of partition " + to_string(partition)};
      const auto& e = x.at(i);
      sum += e.weight();
      if (sum > bytes_max && !entries.empty() && !same_proposal(entries.back(), e))
        break;
      entries.push_back(e);
    }
    return entries;
  }

  result<done> write(std::span<const partition_write> writes) override {
    std::lock_guard guard{store_->mutex};
    if (auto fault = store_->write_faults.next("be written"))
      return *fault;
    std::map<partition_id, log_tail> tails;
    for (const auto& x : writes) { // all is checked before anything changes
      auto tail = tails.try_emplace(x.partition, store_->partitions[x.partition].tail()).first;
      auto after = tail_after(tail->second, x);
      if (!after)
        return after.error();
      tail->second = *after;
    }
    for (const auto& x : writes)
      carry_out(x, store_->partitions[x.partition]);
    syncs_.fetch_add(1, std::memory_order_relaxed);
    return done{};
  }

  result<done> compact(partition_id partition, log_position boundary) override {
    std::lock_guard guard{store_->mutex};
    auto& x = store_->partitions[partition];
    if (boundary.index <= x.boundary.index)
      return done{};
    auto term_there = [&]() -> result<raft_term> { return x.at(boundary.index).term; };
    if (auto checked = check_boundary(partition, boundary, x.tail(), term_there); !checked)
      return checked;
    x.cut_up_to(boundary.index);
    x.boundary = boundary;
    x.commit = std::max(x.commit, boundary.index);
    return done{};
  }

  result<done> drop(partition_id partition) override {
    std::lock_guard guard{store_->mutex};
    store_->partitions.erase(partition);
    return done{};
  }

  result<std::string> get_metadata(const std::string& key) override {
    std::lock_guard guard{store_->mutex};
    auto found = store_->metadata.find(key);
    return found == store_->metadata.end() ? std::string{} : found->second;
  }

  result<done> set_metadata(const std::string& key, const std::string& value) override {
    std::lock_guard guard{store_->mutex};
    store_->metadata[key] = value;
    return done{};
  }

  [[nodiscard]] std::uint64_t sync_count() const noexcept override {
    return syncs_.load(std::memory_order_relaxed);
  }

private:
  static void carry_out(const snapshot_boundary& x, stored_partition& into) {
    if (x.keeps_tail) {
      into.cut_up_to(x.position.index);
    } else {
      into.entries.clear();
      into.commit = log_index{};
      into.compacted_config.reset();
      if (x.configuration_index)
        into.compacted_config = configuration_entry(x);
    }
    into.boundary = x.position;
  }

  static void carry_out(const partition_write& x, stored_partition& into) {
    if (x.install)
      carry_out(*x.install, into);
    if (x.truncate_from)
      into.cut_from(x.truncate_from);
    into.entries.insert(into.entries.end(), x.entries.begin(), x.entries.end());
    if (x.state)
      into.state = *x.state;
    if (x.commit)
      into.commit = x.commit;
    into.commit = std::min(into.commit, into.tail().last); // what takes the place of a cut entry was not committed
    if (x.kept)
      into.kept = x.kept;
  }

  std::shared_ptr<memory_wal_store> store_;
  std::atomic<std::uint64_t> syncs_{0};
};

} // namespace

wal_factory memory_wal(std::shared_ptr<memory_wal_store> store) {
  return [store = std::move(store)]() -> result<std::unique_ptr<wal>> {
    return std::unique_ptr<wal>{std::make_unique<memory_log>(store)};
  };
}

} // namespace kommander
