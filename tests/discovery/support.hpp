/// What the suites of discovery share. Include it behind caf/test/unit_test.hpp.
#pragma once

#include "kommander/raft.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace discovery_test {

using namespace kommander;

/// Longer than anything takes; only a test that fails waits so long.
inline constexpr std::chrono::seconds patience{30};

struct config : caf::actor_system_config {
  config() {
    cafx::apply_recommended_settings(*this);
  }
};

/// What a discovery has told.
class found_contacts {
public:
  void put(std::vector<contact> x) {
    std::lock_guard guard{mutex_};
    all_.push_back(std::move(x));
    changed_.notify_all();
  }

  /// Waits until `good` holds for the latest list, which it returns; a failure if it never does.
  template <class Predicate>
  std::vector<contact> await(Predicate good) {
    std::unique_lock guard{mutex_};
    auto done = [&] { return !all_.empty() && good(all_.back()); };
    if (!changed_.wait_for(guard, patience, done))
      CAF_ERROR("the contacts that were awaited did not come");
    return all_.empty() ? std::vector<contact>{} : all_.back();
  }

  std::vector<contact> await_nodes(std::size_t n) {
    return await([n](const std::vector<contact>& x) { return x.size() == n; });
  }

  [[nodiscard]] std::vector<std::vector<contact>> all() const {
    std::lock_guard guard{mutex_};
    return all_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<contact>> all_;
};

inline discovery_context context_of(const node_info& self, std::shared_ptr<found_contacts> found,
                                    std::string cluster = "here") {
  return {std::move(cluster), self, [found](std::vector<contact> x) { found->put(std::move(x)); }};
}

/// Waits for what sends no event; false if it never holds.
template <class Predicate>
bool eventually(Predicate holds) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

} // namespace discovery_test
