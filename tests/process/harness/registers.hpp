/// Clients of a real cluster that read, write and swap registers, and note when they asked and what they were told.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/linearizability/history.hpp"
#include "tests/process/harness/cluster.hpp"

namespace process_test {

/// Each client is a thread that has one operation under way. Writes and swaps are entries of partition 1, and are carried
/// out in the order of the log; a read waits for a barrier on any node and then looks at what that node has applied.
class register_clients {
public:
  register_clients(cluster& servers, std::size_t clients, std::uint64_t seed);
  ~register_clients();

  /// Waits until so many more operations have been answered; false if they are not.
  [[nodiscard]] bool await_answers(std::size_t more);

  /// Starts a node that is down. What it had applied before is not looked at any more.
  void start(std::size_t node);

  void stop();

  /// After `stop`: of the last entry that was acknowledged.
  [[nodiscard]] std::uint64_t last_index() const;

  /// After `stop`: what was asked and answered, with the answers that `log`, the whole of partition 1, gives.
  [[nodiscard]] kommander::linearizability::history history(const replica& log) const;

private:
  /// What one client asked.
  struct record {
    kommander::linearizability::operation what;
    std::uint64_t index = 0; ///< Of an entry that was acknowledged; zero: none.
  };

  class one_client;

  void keep(const record& x);

  struct config : caf::actor_system_config {
    config();
  };

  cluster& servers_;
  config config_;
  caf::actor_system system_{config_};
  std::vector<std::atomic<std::uint64_t>> lives_; ///< How often each node was started.
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> answered_{0};
  std::atomic<std::uint64_t> last_value_{0};
  std::mutex mutex_;
  std::vector<record> all_;
  std::vector<std::thread> threads_;
};

} // namespace process_test
