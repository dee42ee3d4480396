/// A state machine that writes down what it gets.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kommander/state_machine.hpp"

namespace cluster_test {

/// One entry as the state machine got it.
struct journal_line {
  kommander::log_index index;
  std::string type;
  std::string payload;
  bool restored = false; ///< Came with a restore.

  /// Two replicas may learn of the same entry at different times.
  friend bool operator==(const journal_line& x, const journal_line& y) {
    return x.index == y.index && x.type == y.type && x.payload == y.payload;
  }
};

/// What one node's state machine has got since the node started. Safe to use from several threads.
class journal {
public:
  using lines = std::vector<journal_line>;

  void add(kommander::partition_id partition, const kommander::entry& x, bool restored) {
    std::lock_guard guard{mutex_};
    lines_[partition].push_back({x.index, x.type, std::string{x.payload.view()}, restored});
    grown_.notify_all();
  }

  /// Waits until the entry at `index`, or a later one, has arrived. False if it has not within a minute.
  bool wait_for(kommander::partition_id partition, kommander::log_index index) {
    std::unique_lock guard{mutex_};
    return grown_.wait_for(guard, std::chrono::minutes{1}, [&] {
      const auto& all = lines_[partition];
      return !all.empty() && all.back().index >= index;
    });
  }

  [[nodiscard]] lines of(kommander::partition_id partition) const {
    std::lock_guard guard{mutex_};
    auto found = lines_.find(partition);
    return found == lines_.end() ? lines{} : found->second;
  }

  [[nodiscard]] std::size_t size(kommander::partition_id partition) const {
    std::lock_guard guard{mutex_};
    auto found = lines_.find(partition);
    return found == lines_.end() ? 0 : found->second.size();
  }

  /// True if the entry at `index` has arrived and is `payload`.
  [[nodiscard]] bool holds(kommander::partition_id partition, kommander::log_index index,
                           const std::string& payload) const {
    std::lock_guard guard{mutex_};
    auto found = lines_.find(partition);
    if (found == lines_.end())
      return false;
    const auto& all = found->second;
    auto i = std::ranges::lower_bound(all, index, {}, &journal_line::index);
    return i != all.end() && i->index == index && i->payload == payload;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::map<kommander::partition_id, lines> lines_;
};

using journal_ptr = std::shared_ptr<journal>;

/// What a state machine does besides writing down. All may be empty.
struct machine_hooks {
  /// Why it refuses an entry, if it does.
  std::function<std::optional<std::string>(const kommander::entry&)> refuse;
  /// An error to answer a whole message with, if any.
  std::function<std::optional<caf::error>(const kommander::entry& first)> fail;
};

kommander::state_machine spawn_machine(caf::actor_system& system, journal_ptr to, machine_hooks hooks = {});

} // namespace cluster_test
