/// A port that accepts connections and then neither reads nor writes.
#pragma once

#include "kommander/types.hpp"

#include <atomic>
#include <thread>
#include <vector>

namespace process_test {

/// Listens until it goes; then all its connections are closed.
class silent_port {
public:
  explicit silent_port(const kommander::endpoint& where); ///< Throws if it cannot listen there.
  ~silent_port();
  silent_port(const silent_port&) = delete;
  silent_port& operator=(const silent_port&) = delete;

  /// Connections so far.
  [[nodiscard]] std::size_t accepted() const noexcept {
    return accepted_;
  }

private:
  int listener_;
  std::atomic<std::size_t> accepted_{0};
  std::vector<int> connections_; ///< Of the thread.
  std::thread thread_;
};

} // namespace process_test
