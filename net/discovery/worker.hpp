/// A thread for what waits outside CAF: for packets, or for a name server. It is an actor's, so an actor system ends
/// only after it.
#pragma once

#include <chrono>
#include <memory>

#include "kommander/caf_compat.hpp"
#include "kommander/result.hpp"

namespace kommander::net {

/// Wakes a thread that waits, once and for all.
class stop_signal {
public:
  /// An error if the process has no descriptor left.
  static result<std::shared_ptr<stop_signal>> make();

  explicit stop_signal(int descriptor) noexcept;
  ~stop_signal();
  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;

  /// From any thread.
  void raise() noexcept;

  /// Waits until it is raised, `other` (a socket; negative: none) can be read, or the time is over. True if it is
  /// raised.
  [[nodiscard]] bool wait(std::chrono::microseconds timeout, int other = -1) const noexcept;

private:
  int descriptor_; ///< Readable for ever once it is raised.
};

/// What a thread does, until it is told to stop.
class discovery_work {
public:
  virtual ~discovery_work() = default;
  virtual void run(const stop_signal& stop) = 0;
};

/// Runs `work` on a thread of its own. Both are let go of when that ends.
void spawn_worker(caf::actor_system& system, std::shared_ptr<discovery_work> work, std::shared_ptr<stop_signal> stop);

} // namespace kommander::net
